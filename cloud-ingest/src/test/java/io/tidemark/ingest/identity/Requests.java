package io.tidemark.ingest.identity;

import io.tidemark.identity.CertificateRequest;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;

/** What devices and gateways send, and certificates that an authority issued at other times. */
public final class Requests {
  private Requests() {}

  static Identity device(String name) {
    return new Identity(Role.DEVICE, name);
  }

  static Identity gateway(String name) {
    return new Identity(Role.GATEWAY, name);
  }

  /** With a key of its own that nobody keeps. */
  public static byte[] of(Identity identity, String... hosts) throws Exception {
    return base64(CertificateRequest.of(Certificates.keys(), identity, List.of(hosts)));
  }

  static byte[] base64(byte[] der) {
    return Base64.getMimeEncoder().encodeToString(der).getBytes(StandardCharsets.US_ASCII);
  }

  /** As if it had been got so long before now, valid for 30 days. */
  public static Credential issued(Path folder, Clock now, Duration before, Identity identity)
      throws Exception {
    CertificateAuthority then =
        new CertificateAuthority(folder, Clock.fixed(now.instant().minus(before), ZoneOffset.UTC));
    then.open();
    KeyPair keys = Certificates.keys();
    return new Credential(
        keys.getPrivate(), then.issue(identity, keys.getPublic(), List.of(), Duration.ofDays(30)));
  }
}
