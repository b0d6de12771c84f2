package io.tidemark.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder for a property, to which JUnit gives none: it goes with all that is in it. */
public final class TemporaryFolder implements AutoCloseable {
  private final Path path;

  /** Makes it. */
  public TemporaryFolder() throws IOException {
    path = Files.createTempDirectory("ingest-property");
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
