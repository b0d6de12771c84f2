package io.tidemark.gateway.replication;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A look at a log's segment files, by their names: {@code log_START-END} closed, {@code
 * log_inprogress_START} open.
 *
 * @param bytes their size
 * @param count how many there are
 * @param firstClosedEnd highest index in the oldest closed one; {@link Long#MAX_VALUE} if none
 * @param start lowest index in any; {@link Long#MAX_VALUE} if none
 */
record Segments(long bytes, int count, long firstClosedEnd, long start) {
  private static final Pattern NAME = Pattern.compile("log_(?:inprogress_)?(\\d+)(?:-(\\d+))?");

  /** Looks at the folder; without one there are no segments. */
  static Segments in(Path dir) throws IOException {
    long bytes = 0;
    int count = 0;
    long firstClosedEnd = Long.MAX_VALUE;
    long start = Long.MAX_VALUE;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, "log_*")) {
      for (Path file : files) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) {
          continue;
        }
        count++;
        bytes += size(file);
        start = Math.min(start, Long.parseLong(name.group(1)));
        if (name.group(2) != null) {
          firstClosedEnd = Math.min(firstClosedEnd, Long.parseLong(name.group(2)));
        }
      }
    } catch (NoSuchFileException e) {
      return new Segments(0, 0, Long.MAX_VALUE, Long.MAX_VALUE);
    }
    return new Segments(bytes, count, firstClosedEnd, start);
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      // Closed, and so renamed, or purged since it was listed.
      return 0;
    }
  }
}
