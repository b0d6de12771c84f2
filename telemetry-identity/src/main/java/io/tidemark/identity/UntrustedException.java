package io.tidemark.identity;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/** Why somebody is not believed, or not let in. */
public final class UntrustedException extends CertificateException {
  private static final long serialVersionUID = 1L;

  /** What is counted. */
  public enum Reason {
    /** No certificate was shown. */
    NO_CERTIFICATE,

    /** No authority of ours has signed it. */
    UNKNOWN_AUTHORITY,

    /** Its time is over. */
    EXPIRED,

    /** Its time has not come; or a clock is wrong. */
    NOT_YET_VALID,

    /** It is for something else: it names none of ours, or must not be used for this. */
    NOT_AN_IDENTITY,

    /** A device where a gateway is needed, or the other way round. */
    WRONG_ROLE,

    /** It is another one's host that has it. */
    WRONG_HOST,

    /** Who has it is shut out. */
    SHUT_OUT,

    /** Another one has been made in its place, as this may have been stolen. */
    SUPERSEDED
  }

  private final Reason reason;

  /** In words for whoever reads a log. */
  public UntrustedException(Reason reason, String message) {
    this(reason, message, null);
  }

  UntrustedException(Reason reason, String message, @Nullable Throwable cause) {
    // TLS takes from its cause what it tells the other side.
    super(message, cause == null ? told(reason, message) : cause);
    this.reason = reason;
  }

  private static @Nullable Throwable told(Reason reason, String message) {
    return reason == Reason.SHUT_OUT || reason == Reason.SUPERSEDED
        ? new CertPathValidatorException(
            message, null, null, -1, CertPathValidatorException.BasicReason.REVOKED)
        : null;
  }

  public Reason reason() {
    return reason;
  }
}
