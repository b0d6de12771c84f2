package io.tidemark.identity;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Files with keys in them: whole after a power cut, and read by their owner alone. */
public final class SecretFile {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER =
      PosixFilePermissions.fromString("rwx------");

  private SecretFile() {}

  /**
   * Writes a file in place of the one before, in a folder that is made if it is missing. Durable
   * when it returns; a power cut leaves the old or the new one, and never half of each.
   */
  public static void write(Path folder, String name, String text) throws IOException {
    write(folder, name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The same with bytes. */
  public static void write(Path folder, String name, byte[] content) throws IOException {
    makeFolder(folder);
    Path whole = folder.resolve(name);
    Path part = folder.resolve(name + ".new");
    Files.deleteIfExists(part);
    if (isPosix(folder)) {
      // Before there is a key in it.
      Path unused = Files.createFile(part, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
    Files.write(part, content, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    force(part, StandardOpenOption.WRITE);
    Path unused =
        Files.move(
            part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    force(folder, StandardOpenOption.READ);
  }

  /** Makes a folder for such files, which its owner alone may enter, if it is missing. */
  public static void makeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      if (isPosix(folder)) {
        Files.setPosixFilePermissions(folder, OWNER_ONLY_FOLDER);
      }
    }
  }

  private static void force(Path path, StandardOpenOption option) throws IOException {
    try (FileChannel channel = FileChannel.open(path, option)) {
      channel.force(true);
    }
  }

  /**
   * Returns if a file can be read by its owner alone.
   *
   * @throws IOException if others may read or change it, with what to do
   */
  public static void require(Path file) throws IOException {
    if (!isPosix(file)) {
      return;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    if (permissions.stream().anyMatch(OTHERS::contains)) {
      throw new IOException(
          "%s has a key in it and may be read or changed by others (%s): chmod 600 it, and have the key made anew if somebody may have read it"
              .formatted(file, PosixFilePermissions.toString(permissions)));
    }
  }

  /**
   * The secret in a file that somebody has given this process, without white space around it.
   *
   * @throws IOException as {@link #requireGiven} does, or if there is nothing in it
   */
  public static String read(Path file) throws IOException {
    requireGiven(file);
    String secret = Files.readString(file).strip();
    if (secret.isEmpty()) {
      throw new IOException("there is nothing in " + file);
    }
    return secret;
  }

  /**
   * As {@link #require}, for a file that somebody has given this process to read. If it is another
   * user's, as one is that a container engine mounts, only that user can say who may read it: then
   * it is enough that nobody else may change it.
   *
   * @throws IOException if it is not there, or others may read or change it, with what to do
   */
  public static void requireGiven(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("there is no file " + file);
    }
    if (!isPosix(file) || isOwn(file)) {
      require(file);
      return;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IOException(
          "%s has a secret in it and may be changed by others (%s): have its owner chmod 400 it"
              .formatted(file, PosixFilePermissions.toString(permissions)));
    }
  }

  private static boolean isOwn(Path file) throws IOException {
    Path self = Path.of("/proc/self"); // belongs to who this process is
    return !Files.exists(self) || Files.getOwner(self).equals(Files.getOwner(file));
  }

  private static boolean isPosix(Path path) {
    return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
  }
}
