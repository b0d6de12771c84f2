package io.tidemark.identity;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which authority follows which. An authority signs the key of the one after it, and is signed by
 * that one in turn (RFC 4210, section 4.4: what is new with what is old, and the other way round);
 * so who believes one of them may believe both, whoever has passed the certificates on.
 */
final class Succession {
  private static final int KEY_CERT_SIGN = 5; // of the bits of key usage (RFC 5280, 4.2.1.3)

  /**
   * For how long, after another authority has begun, something may be valid that the one before has
   * signed: its last intermediate's time.
   */
  static final Duration SIGNED_MAX = Duration.ofDays(2 * 365);

  private Succession() {}

  /** Those of {@code offered} that are known, or that a known one has signed as authorities. */
  static List<X509Certificate> believed(
      Collection<X509Certificate> known, Collection<X509Certificate> offered) {
    return offered.stream()
        .filter(Succession::isAuthority)
        .filter(
            authority ->
                known.contains(authority)
                    || offered.stream().anyMatch(one -> vouches(one, authority, known)))
        .distinct()
        .toList();
  }

  /**
   * Whom to believe after an answer. A known authority that it leaves out may be needed yet: who
   * has answered may not know of it, or may want it forgotten. So it is forgotten only if the
   * answer has one that came after it, and that so long ago that nothing is valid any more that it
   * has signed.
   *
   * @param answered those of the answer that are believed
   */
  static List<X509Certificate> after(
      Collection<X509Certificate> known, Collection<X509Certificate> answered, Instant now) {
    return Stream.concat(
            answered.stream(),
            known.stream()
                .filter(one -> answered.stream().noneMatch(next -> hasReplaced(next, one, now))))
        .distinct()
        .toList();
  }

  private static boolean hasReplaced(X509Certificate next, X509Certificate one, Instant now) {
    Instant begun = next.getNotBefore().toInstant();
    return begun.isAfter(one.getNotBefore().toInstant()) && begun.plus(SIGNED_MAX).isBefore(now);
  }

  /** Whether it is an authority's own, and not one that it has signed. */
  static boolean isAuthority(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  /**
   * Whether a known one has signed this for the key of {@code authority}, and that it may sign
   * intermediates: an intermediate's own certificate, which may not, makes no authority of it.
   */
  private static boolean vouches(
      X509Certificate certificate, X509Certificate authority, Collection<X509Certificate> known) {
    boolean[] usage = certificate.getKeyUsage();
    return !isAuthority(certificate)
        && certificate.getBasicConstraints() >= 1
        && usage != null
        && usage[KEY_CERT_SIGN]
        && certificate.getSubjectX500Principal().equals(authority.getSubjectX500Principal())
        && certificate.getPublicKey().equals(authority.getPublicKey())
        && known.stream().anyMatch(one -> isIssued(certificate, one));
  }

  private static boolean isIssued(X509Certificate certificate, X509Certificate by) {
    return isNamed(certificate, by) && isSigned(certificate, by.getPublicKey());
  }

  /** Whether it says that this one has issued it; that is to be verified. */
  static boolean isNamed(X509Certificate certificate, X509Certificate by) {
    return certificate.getIssuerX500Principal().equals(by.getSubjectX500Principal());
  }

  private static boolean isSigned(X509Certificate certificate, PublicKey by) {
    try {
      certificate.verify(by);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
