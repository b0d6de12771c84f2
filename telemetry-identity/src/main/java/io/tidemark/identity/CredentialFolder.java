package io.tidemark.identity;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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
    SecretFile.require(file);
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
    SecretFile.write(
        folder, SERVERS, servers.stream().map(url -> url + "\n").collect(Collectors.joining()));
  }

  /** Keeps a credential in place of the one before. Durable when it returns. */
  public void store(Credential credential) throws IOException {
    SecretFile.write(folder, CREDENTIAL, Pem.of(credential.key()) + Pem.of(credential.chain()));
  }

  /** Keeps the authorities in place of those before. Durable when it returns. */
  public void store(Collection<X509Certificate> authorities) throws IOException {
    SecretFile.write(folder, AUTHORITIES, Pem.of(authorities));
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
