package io.tidemark.gateway.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * A device that has proved who it is.
 *
 * @param name as its certificate has it, or its password or key is listed; its readings have to
 *     have it, too
 * @param from when the time of its certificate begins; without a certificate {@link Instant#MAX}
 * @param until when its certificate ends, and with it whatever it was good for; without a
 *     certificate {@link Instant#MAX}
 * @param secret which password or key it has shown, as {@link Secrets} tells them apart; empty if
 *     it has shown a certificate
 */
public record Device(String name, Instant from, Instant until, String secret) {
  /** One that has shown a certificate. */
  public static Device certified(String name, X509Certificate certificate) {
    return new Device(
        name, certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant(), "");
  }

  /**
   * One that has shown a password or a key.
   *
   * @param secret the password's hash, or the key's {@link Secrets#mark}
   */
  public static Device knowing(String name, String secret) {
    return new Device(name, Instant.MAX, Instant.MAX, secret);
  }

  /** Whether it has come in without a certificate. */
  public boolean isBySecret() {
    return !secret.isEmpty();
  }

  /** What is said to one whose certificate has ended. */
  public String lapsed() {
    return "the certificate of device %s was valid until %s: renew it".formatted(name, until);
  }

  /** What is said to one whose password or key does not count any more. */
  public String withdrawn() {
    return "the password or key by which device %s came in has been withdrawn or replaced: use the one that it has now"
        .formatted(name);
  }

  /** What is said to one that speaks for another. */
  public String notItsOwn(String other) {
    return "by what it has shown this is device %s, which sends its own readings and not those of %s"
        .formatted(name, other);
  }

  /** Without what could help to find a secret. */
  @Override
  public String toString() {
    return "device " + name;
  }
}
