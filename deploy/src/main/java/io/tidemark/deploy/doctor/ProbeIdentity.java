package io.tidemark.deploy.doctor;

import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.FirstCertificate;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import io.tidemark.wire.Names;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * With what the probe proves to gateways that it is the device {@value #DEVICE}: a certificate of
 * its own, kept in a folder, got for a token the first time and renewed by itself later.
 */
final class ProbeIdentity {
  /** The device that probes are of. */
  static final String DEVICE = Names.DOCTOR;

  private final ServerTrust servers;
  private final OwnCredential own;

  private ProbeIdentity(Trust trust, Credential credential) {
    this.servers = new ServerTrust(trust, server -> Instant.now());
    this.own = new OwnCredential(credential);
  }

  /**
   * What is in the folder, or is got for the token if nothing is.
   *
   * @param token a file with an enrolment token; null if there is none
   * @throws IOException that says what is wrong
   */
  static ProbeIdentity open(Path dir, @Nullable Path token, Duration timeout)
      throws IOException, GeneralSecurityException {
    CredentialFolder folder = new CredentialFolder(dir);
    Optional<Credential> kept = folder.credential();
    Identity identity = new Identity(Role.DEVICE, DEVICE);
    if (kept.isEmpty()) {
      return enrol(folder, identity, token, timeout);
    }
    Credential credential = kept.get();
    if (!credential.identity().equals(identity)) {
      throw new IOException(
          "%s has the certificate of %s, but the probe is %s: name another folder"
              .formatted(dir, credential.identity(), identity));
    }
    ProbeIdentity opened = new ProbeIdentity(new Trust(folder.authorities()), credential);
    if (isDue(credential)) {
      opened.renew(folder, identity, timeout);
    }
    return opened;
  }

  private static ProbeIdentity enrol(
      CredentialFolder folder, Identity identity, @Nullable Path token, Duration timeout)
      throws IOException {
    if (token == null) {
      throw new IOException("there is no certificate in %s yet, and no token".formatted(folder));
    }
    EnrolmentToken word;
    try {
      word = EnrolmentToken.parse(Files.readString(token));
    } catch (IllegalArgumentException e) {
      throw new IOException("%s: %s".formatted(token, e.getMessage()), e);
    }
    FirstCertificate first =
        FirstCertificate.get(word, identity, List.of(), timeout, Clock.systemUTC());
    folder.store(first.authorities());
    folder.storeServers(word.urls());
    folder.store(first.credential()); // last: with it the folder is whole
    return new ProbeIdentity(new Trust(first.authorities()), first.credential());
  }

  /** When two thirds of its time are over. */
  private static boolean isDue(Credential credential) {
    Duration life = Duration.between(credential.notBefore(), credential.notAfter());
    return Instant.now().isAfter(credential.notAfter().minus(life.dividedBy(3)));
  }

  /** At the first address that does it; what it has is good enough as long as it has not ended. */
  private void renew(CredentialFolder folder, Identity identity, Duration timeout)
      throws IOException, GeneralSecurityException {
    IOException problem = new IOException("it is not known where: the folder has no servers.txt");
    for (URI url : folder.servers()) {
      try {
        Credential renewed = EstClient.of(url, timeout, servers, own).renew(identity, List.of());
        folder.store(renewed);
        own.replace(renewed);
        return;
      } catch (IOException e) {
        problem = e;
      }
    }
    if (Instant.now().isAfter(own.now().notAfter())) {
      throw new IOException(
          "the certificate in %s has ended and is not renewed: %s"
              .formatted(folder, Part.words(problem)),
          problem);
    }
  }

  /** For MQTT. */
  SSLContext streams() throws GeneralSecurityException {
    return Tls.client(servers, own);
  }

  /** For CoAP. */
  SSLContext datagrams() throws GeneralSecurityException {
    return Tls.datagramClient(servers, own);
  }
}
