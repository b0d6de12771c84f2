package io.tidemark.identity;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a credential is kept: {@code credential.pem} has the key and its certificates in one file,
 * so that a power cut leaves the old or the new one and never half of each, {@code authorities.pem}
 * whom to believe, and {@code servers.txt} where it is renewed, an address a line. What is written
 * is fsynced. For one thread at a time.
 */
public final class CredentialFolder {
  private static final String CREDENTIAL = "credential.pem";
  private static final String AUTHORITIES = "authorities.pem";
  private static final String SERVERS = "servers.txt";
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

  private final Path folder;

  /** Nothing is read or made yet. */
  public CredentialFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * The credential; empty if there is none yet.
   *
   * @throws IOException if it cannot be read, is none, or may be read by others
   */
  public Optional<Credential> credential() throws IOException {
    Path file = folder.resolve(CREDENTIAL);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    requireSecret(file);
    String text = Files.readString(file);
    try {
      return Optional.of(new Credential(Pem.privateKey(text), Pem.certificates(text)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          "%s is no credential (%s): restore it, or remove it and enrol again"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /**
   * The authorities; empty if there are none yet.
   *
   * @throws IOException if they cannot be read, or are none
   */
  public List<X509Certificate> authorities() throws IOException {
    Path file = folder.resolve(AUTHORITIES);
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      List<X509Certificate> found = Pem.certificates(Files.readString(file));
      if (!found.isEmpty()) {
        return found;
      }
      throw new IOException(file + " has no certificate: restore it, or remove it and enrol again");
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "%s is broken (%s): restore it, or remove it and enrol again"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /**
   * Where the credential is renewed; empty if that was never said.
   *
   * @throws IOException if it cannot be read, or one of them is no address
   */
  public List<URI> servers() throws IOException {
    Path file = folder.resolve(SERVERS);
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return Files.readAllLines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .map(URI::create)
          .toList();
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "%s has a line that is no address (%s): a line is https://host:port"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** Keeps the addresses in place of those before. Durable when it returns. */
  public void storeServers(List<URI> servers) throws IOException {
    write(SERVERS, servers.stream().map(url -> url + "\n").collect(Collectors.joining()));
  }

  /** Keeps a credential in place of the one before. Durable when it returns. */
  public void store(Credential credential) throws IOException {
    write(CREDENTIAL, Pem.of(credential.key()) + Pem.of(credential.chain()));
  }

  /** Keeps the authorities in place of those before. Durable when it returns. */
  public void store(Collection<X509Certificate> authorities) throws IOException {
    write(AUTHORITIES, Pem.of(authorities));
  }

  private void write(String name, String text) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      if (isPosix(folder)) {
        Files.setPosixFilePermissions(folder, OWNER_ONLY_FOLDER);
      }
    }
    Path whole = folder.resolve(name);
    Path part = folder.resolve(name + ".new");
    Files.deleteIfExists(part);
    if (isPosix(folder)) {
      // Before there is a key in it.
      Path unused = Files.createFile(part, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
    Files.write(
        part,
        text.getBytes(StandardCharsets.UTF_8),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
    force(part, StandardOpenOption.WRITE);
    Path unused =
        Files.move(
            part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    force(folder, StandardOpenOption.READ);
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
  public static void requireSecret(Path file) throws IOException {
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

  private static boolean isPosix(Path path) {
    return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
