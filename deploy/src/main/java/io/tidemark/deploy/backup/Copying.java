package io.tidemark.deploy.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Copies files so that they are on the disk, with what is needed to check them later. */
final class Copying {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNERS_FILE =
      PosixFilePermissions.fromString("rw-------");

  private static final int FORCE_THREADS = 32;

  private Copying() {}

  /** Files below a folder, as paths within it, in order; none if there is no folder. */
  static List<String> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<String> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.sorted().toList()) {
        if (Files.isRegularFile(file)) {
          files.add(folder.relativize(file).toString());
        }
      }
    }
    return files;
  }

  /** Makes a folder that nobody else can look into, as secrets are in it. */
  static void makePrivate(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, OWNER_ONLY);
  }

  /** Whether there is nothing in a folder, or no folder. */
  static boolean isEmpty(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return true;
    }
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.findAny().isEmpty();
    }
  }

  /**
   * Copies one file, with who may read it; until all is there that is its owner.
   *
   * @return its SHA-256
   */
  static String copy(Path from, Path to, LongConsumer copied) throws IOException {
    Files.createDirectories(to.toAbsolutePath().getParent());
    Files.createFile(to, PosixFilePermissions.asFileAttribute(OWNERS_FILE));
    MessageDigest digest = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(from), digest);
        OutputStream out = Files.newOutputStream(to, StandardOpenOption.WRITE)) {
      copied.accept(in.transferTo(out));
    }
    Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The SHA-256 of a file. */
  static String sha256(Path file, LongConsumer read) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      read.accept(in.transferTo(OutputStream.nullOutputStream()));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Has a file, or the names in a folder, on the disk. */
  static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Has a tree on the disk, files and names. Many at a time: a store has hundreds of small files,
   * and a file system makes one commit of what is asked for together.
   */
  static void forceAll(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> all = Files.walk(folder)) {
      paths = all.toList();
    }
    ExecutorService threads = Executors.newFixedThreadPool(FORCE_THREADS);
    try {
      List<Future<?>> forced = new ArrayList<>();
      for (Path path : paths) {
        forced.add(
            threads.submit(
                () -> {
                  force(path);
                  return null;
                }));
      }
      for (Future<?> one : forced) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("%s is not safe on the disk: %s".formatted(folder, e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + folder + " was made safe");
    } finally {
      threads.shutdownNow();
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
