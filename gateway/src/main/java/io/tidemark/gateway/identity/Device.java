package io.tidemark.gateway.identity;

import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * A device that has proved who it is.
 *
 * @param name as its certificate has it, or its password or key is listed; its readings have to
 *     have it, too
 * @param proof by what it has
 * @param from when the time of its certificate begins; without a certificate {@link Instant#MAX}
 * @param until when its certificate ends, and with it whatever it was good for; without a
 *     certificate {@link Instant#MAX}
 * @param secret which password or key it has shown, as {@link Secrets} tells them apart; empty if
 *     it has shown a certificate
 */
public record Device(String name, Proof proof, Instant from, Instant until, String secret) {
  /** One that has shown a certificate. */
  public static Device certified(String name, X509Certificate certificate) {
    return new Device(
        name,
        Proof.CERTIFICATE,
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        "");
  }

  /**
   * One that has shown a password.
   *
   * @param hash the password's
   */
  static Device withPassword(String name, String hash) {
    return new Device(name, Proof.PASSWORD, Instant.MAX, Instant.MAX, hash);
  }

  /**
   * One that has used a pre-shared key.
   *
   * @param mark the key's {@link Secrets#mark}
   */
  public static Device withKey(String name, String mark) {
    return new Device(name, Proof.KEY, Instant.MAX, Instant.MAX, mark);
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
