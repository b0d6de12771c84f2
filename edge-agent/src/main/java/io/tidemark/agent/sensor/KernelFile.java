package io.tidemark.agent.sensor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Small text files in which the Linux kernel says what it measures, under {@code /sys} and {@code
 * /proc}. It makes them up as they are read: their sizes mean nothing, and each is read once,
 * whole.
 */
final class KernelFile {
  /** Longest file that is read; one in {@code /sys} has at most a page, 4 to 64 KiB. */
  static final int FILE_MAX_BYTES = 64 << 10;

  private static final int SHOWN_MAX_CHARACTERS = 80;

  private KernelFile() {}

  /**
   * What {@code file} says now. Takes as long as the kernel does to measure; no interrupt ends it.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if it cannot be read, or is too long
   */
  static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(FILE_MAX_BYTES + 1);
      if (bytes.length > FILE_MAX_BYTES) {
        throw new IOException("it is longer than %d bytes".formatted(FILE_MAX_BYTES));
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * The folders in {@code parent} whose names match {@code glob}, counted up: {@code hwmon2} before
   * {@code hwmon10}. None if there is no {@code parent}.
   */
  static List<Path> folders(Path parent, String glob) throws IOException {
    return files(parent, glob);
  }

  /** The same of files. */
  static List<Path> files(Path parent, String glob) throws IOException {
    List<Path> folders = new ArrayList<>();
    if (Files.isDirectory(parent)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, glob)) {
        found.forEach(folders::add);
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
    }
    folders.sort(Comparator.comparing((Path p) -> p.toString().length()).thenComparing(p -> p));
    return folders;
  }

  /** What was read, cut to a length fit for a message and without control characters. */
  static String shown(String text) {
    String cut =
        text.length() > SHOWN_MAX_CHARACTERS
            ? text.substring(0, SHOWN_MAX_CHARACTERS) + "..."
            : text;
    return cut.replaceAll("[^ -~]", "?");
  }
}
