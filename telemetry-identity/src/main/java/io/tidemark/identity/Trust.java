package io.tidemark.identity;

import io.tidemark.identity.UntrustedException.Reason;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whom to believe: the authorities, which may change while it is used, and what a certificate has
 * to be that they have signed. Thread-safe; what has begun goes on with the authorities of its
 * beginning.
 */
public final class Trust {
  /** What a server's certificate may be used for (RFC 5280, section 4.2.1.12). */
  public static final String FOR_SERVERS = "1.3.6.1.5.5.7.3.1";

  /** What a client's may be. */
  public static final String FOR_CLIENTS = "1.3.6.1.5.5.7.3.2";

  private static final int CHAIN_MAX_LENGTH = 5;

  private volatile List<X509Certificate> authorities;

  /**
   * With these authorities.
   *
   * @throws IllegalArgumentException if there are none
   */
  public Trust(Collection<X509Certificate> authorities) {
    this.authorities = checked(authorities);
  }

  /**
   * From now on these are the authorities.
   *
   * @throws IllegalArgumentException if there are none
   */
  public void replace(Collection<X509Certificate> changed) {
    authorities = checked(changed);
  }

  private static List<X509Certificate> checked(Collection<X509Certificate> given) {
    if (given.isEmpty()) {
      throw new IllegalArgumentException("without an authority nobody can be believed");
    }
    return List.copyOf(new LinkedHashSet<>(given));
  }

  /** The authorities, each signed by itself. */
  public List<X509Certificate> authorities() {
    return authorities;
  }

  /**
   * Who has shown this chain.
   *
   * @param chain the party's own certificate first, then who signed it; an authority at its end may
   *     be left out
   * @param purpose {@link #FOR_SERVERS} or {@link #FOR_CLIENTS}
   * @param at the time at which it is to be valid
   * @throws UntrustedException if it is not to be believed
   */
  public Identity verify(List<X509Certificate> chain, String purpose, Instant at)
      throws UntrustedException {
    if (chain.isEmpty()) {
      throw new UntrustedException(Reason.NO_CERTIFICATE, "it has shown no certificate");
    }
    if (chain.size() > CHAIN_MAX_LENGTH) {
      throw new UntrustedException(
          Reason.UNKNOWN_AUTHORITY,
          "its chain has %d certificates, and may have %d"
              .formatted(chain.size(), CHAIN_MAX_LENGTH));
    }
    X509Certificate own = chain.get(0);
    validate(chain, at);
    Identity identity = Identity.of(own);
    if (identity == null || own.getBasicConstraints() >= 0 || !serves(own, purpose)) {
      throw new UntrustedException(
          Reason.NOT_AN_IDENTITY,
          "its certificate, of %s, is for something else".formatted(own.getSubjectX500Principal()));
    }
    return identity;
  }

  private void validate(List<X509Certificate> chain, Instant at) throws UntrustedException {
    List<X509Certificate> anchors = authorities;
    try {
      List<X509Certificate> path = path(chain, anchors);
      if (path.isEmpty()) {
        throw new UntrustedException(
            Reason.NOT_AN_IDENTITY, "an authority's own certificate is nobody's identity");
      }
      PKIXParameters parameters = new PKIXParameters(anchors(anchors));
      parameters.setRevocationEnabled(false); // who is shut out is known by other means
      parameters.setDate(Date.from(at));
      CertPath made = CertificateFactory.getInstance("X.509").generateCertPath(path);
      var unused = CertPathValidator.getInstance("PKIX").validate(made, parameters);
    } catch (CertPathValidatorException e) {
      throw new UntrustedException(reasonOf(e), words(e, chain.get(0)), e);
    } catch (GeneralSecurityException e) {
      if (e instanceof UntrustedException untrusted) {
        throw untrusted;
      }
      throw new UntrustedException(
          Reason.UNKNOWN_AUTHORITY, "its chain cannot be followed: " + e.getMessage(), e);
    }
  }

  /**
   * From its own certificate to who has signed it, as far as an authority that is believed: what
   * comes after it is for those who do not yet believe that one, but who was there before it. Apart
   * from the first, certificates may come in any order, twice, or for nothing (RFC 8446, section
   * 4.4.2).
   */
  private static List<X509Certificate> path(
      List<X509Certificate> chain, List<X509Certificate> anchors) {
    List<X509Certificate> path = new ArrayList<>();
    X509Certificate next = chain.get(0);
    while (next != null && !anchors.contains(next)) {
      X509Certificate last = next;
      path.add(last);
      boolean whole = anchors.stream().anyMatch(anchor -> Succession.isNamed(last, anchor));
      next =
          chain.stream()
              .filter(one -> !whole && !path.contains(one) && Succession.isNamed(last, one))
              .findFirst()
              .orElse(null);
    }
    return path;
  }

  static Set<TrustAnchor> anchors(Collection<X509Certificate> authorities) {
    return authorities.stream()
        .map(authority -> new TrustAnchor(authority, null))
        .collect(Collectors.toSet());
  }

  private static Reason reasonOf(CertPathValidatorException e) {
    if (e.getReason() == BasicReason.EXPIRED
        || e.getCause() instanceof CertificateExpiredException) {
      return Reason.EXPIRED;
    }
    if (e.getReason() == BasicReason.NOT_YET_VALID
        || e.getCause() instanceof CertificateNotYetValidException) {
      return Reason.NOT_YET_VALID;
    }
    return e.getReason() instanceof PKIXReason reason && reason != PKIXReason.NO_TRUST_ANCHOR
        ? Reason.NOT_AN_IDENTITY
        : Reason.UNKNOWN_AUTHORITY;
  }

  private static String words(CertPathValidatorException e, X509Certificate own) {
    String whose = "the certificate of " + own.getSubjectX500Principal();
    return switch (reasonOf(e)) {
      case EXPIRED -> "%s was valid until %s".formatted(whose, own.getNotAfter().toInstant());
      case NOT_YET_VALID ->
          "%s is valid from %s on; is a clock wrong?"
              .formatted(whose, own.getNotBefore().toInstant());
      case UNKNOWN_AUTHORITY -> "%s is signed by no authority of ours".formatted(whose);
      default -> "%s cannot be used: %s".formatted(whose, e.getMessage());
    };
  }

  private static boolean serves(X509Certificate certificate, String purpose) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      return purposes != null && purposes.contains(purpose);
    } catch (CertificateParsingException e) {
      return false;
    }
  }
}
