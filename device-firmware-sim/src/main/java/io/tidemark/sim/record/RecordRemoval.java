package io.tidemark.sim.record;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Removes folders that hold a record and nothing else, and that no process writes to. What is not
 * so is refused, and left as it is.
 */
public final class RecordRemoval {
  private static final List<String> FILES =
      List.of(
          RecordReader.FILE_NAME,
          RecordFolder.NEW_NAME,
          RecordFolder.LOCK_NAME,
          RecordFolder.PAGE_NAME);

  private RecordRemoval() {}

  /**
   * The records in {@code folder} whose own folders were named for them, as no other was asked for.
   */
  public static List<Path> unnamedIn(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(folder, RecordFolder.UNNAMED_PREFIX + "*")) {
      all.forEach(found::add);
    }
    return found.stream().sorted().toList();
  }

  /** That of them which was written to last. */
  public static Optional<Path> newestUnnamedIn(Path folder) throws IOException {
    Path newest = null;
    FileTime latest = null;
    for (Path found : unnamedIn(folder)) {
      try {
        FileTime written = Files.getLastModifiedTime(found.resolve(RecordReader.FILE_NAME));
        if (latest == null || written.compareTo(latest) > 0) {
          newest = found;
          latest = written;
        }
      } catch (NoSuchFileException e) {
        // no record in it, or it has just been removed
      }
    }
    return Optional.ofNullable(newest);
  }

  /**
   * How many bytes {@link #remove} would free.
   *
   * @throws RecordRefusedException if it would refuse
   * @throws NoSuchFileException if there is no such folder
   */
  public static long check(Path folder) throws IOException {
    long bytes = checkFiles(folder);
    Path lock = folder.resolve(RecordFolder.LOCK_NAME);
    if (Files.exists(lock)) {
      try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
        RecordFolder.lock(folder, channel).release();
      }
    }
    return bytes;
  }

  /**
   * Removes a record and its folder. What waits in it is not sent any more.
   *
   * @return the bytes that freed
   * @throws RecordRefusedException if the folder holds anything else, or is in use
   * @throws NoSuchFileException if there is no such folder
   */
  public static long remove(Path folder) throws IOException {
    checkFiles(folder);
    long bytes;
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve(RecordFolder.LOCK_NAME),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      RecordFolder.lock(folder, channel);
      bytes = checkFiles(folder);
      if (Files.exists(HardwareFolder.of(folder).path())) {
        HardwareFolder.of(folder).remove();
      }
      for (String file : FILES) {
        Files.deleteIfExists(folder.resolve(file));
      }
    }
    Files.delete(folder);
    return bytes;
  }

  private static long checkFiles(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(folder.toString());
    }
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new RecordRefusedException(
          folder + " is no folder; name the folder that holds a record, not a link to it");
    }
    long bytes = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path file : all) {
        if (file.endsWith(HardwareFolder.NAME)
            && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          for (Path its : HardwareFolder.of(folder).files()) {
            bytes += Files.size(its);
          }
          continue;
        }
        if (!FILES.contains(file.getFileName().toString())
            || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new RecordRefusedException(
              "%s holds %s, which is no part of a record; move it away first"
                  .formatted(folder, file.getFileName()));
        }
        bytes += Files.size(file);
      }
    }
    requireRecord(folder);
    return bytes;
  }

  /** A folder that was made for a record may have none yet: its process ended too early. */
  private static void requireRecord(Path folder) throws IOException {
    Path record = folder.resolve(RecordReader.FILE_NAME);
    if (!Files.exists(record)) {
      Path name = folder.toAbsolutePath().normalize().getFileName();
      if (name != null && name.toString().startsWith(RecordFolder.UNNAMED_PREFIX)) {
        return;
      }
      throw new RecordRefusedException(
          "no record in %s: there is no %s".formatted(folder, RecordReader.FILE_NAME));
    }
    try (DataInputStream in = new DataInputStream(Files.newInputStream(record))) {
      if (in.readLong() == RecordFormat.MAGIC) {
        return;
      }
    } catch (EOFException e) {
      // said below
    }
    throw new RecordRefusedException(
        "%s is no record: its first 8 bytes must be TDMKREC2".formatted(record));
  }
}
