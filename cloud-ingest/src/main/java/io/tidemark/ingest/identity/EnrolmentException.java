package io.tidemark.ingest.identity;

import java.util.Locale;

/** Why somebody gets no certificate. */
public final class EnrolmentException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;
  private static final int TOO_LARGE = 413;

  /** What is counted. */
  public enum Reason {
    /** What came is no request for a certificate. */
    BROKEN_REQUEST(BAD_REQUEST),

    /** It is longer than one is. */
    LARGE_REQUEST(TOO_LARGE),

    /** Its signature is not by its key. */
    BAD_SIGNATURE(BAD_REQUEST),

    /** Its key is not on the curve P-256. */
    OTHER_KEY(BAD_REQUEST),

    /** It names nobody who could have one. */
    NO_NAME(BAD_REQUEST),

    /** No token was shown. */
    NO_TOKEN(UNAUTHORIZED),

    /** There is no such token. */
    UNKNOWN_TOKEN(FORBIDDEN),

    /** Its time is over. */
    EXPIRED_TOKEN(FORBIDDEN),

    /** It has been used as often as it may be. */
    USED_TOKEN(FORBIDDEN),

    /** Somebody has withdrawn it. */
    WITHDRAWN_TOKEN(FORBIDDEN),

    /** It is for another role. */
    OTHER_ROLE(FORBIDDEN),

    /** The token, or the certificate that is to be renewed, is another one's. */
    OTHER_NAME(FORBIDDEN),

    /** A host it must not have in its certificate. */
    OTHER_HOST(FORBIDDEN),

    /** Who has a certificate already needs a token made for it. */
    TAKEN_NAME(CONFLICT),

    /** Who asks is shut out. */
    SHUT_OUT(FORBIDDEN),

    /** It is void, as its name was enrolled anew. */
    SUPERSEDED(FORBIDDEN),

    /** No certificate was shown that could be renewed. */
    NO_CERTIFICATE(FORBIDDEN),

    /** It ended too long ago to be renewed. */
    LAPSED_CERTIFICATE(FORBIDDEN),

    /** A certificate was passed on by one who may not do that, or it is not to be believed. */
    BAD_CERTIFICATE(FORBIDDEN);

    private final int status;

    Reason(int status) {
      this.status = status;
    }

    /** As metrics have it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  EnrolmentException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  EnrolmentException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** The HTTP status that says so. */
  public int status() {
    return reason.status;
  }
}
