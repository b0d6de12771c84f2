package io.tidemark.gateway.replication;

import org.jspecify.annotations.Nullable;

/** A log that cannot be opened. Its folder is left as it was found. */
public final class LogStartException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What to do about a log that is damaged or not whole. */
  static final String PUT_BACK =
      "if other gateways of the cluster have it too, move the whole data folder away, and they fill a new one; a gateway alone needs a copy of it put back";

  /** With what is wrong, where, and what to do. */
  public LogStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** A failure and its causes on one line, each once. */
  static String causes(Throwable thrown) {
    StringBuilder text = new StringBuilder(String.valueOf(thrown.getMessage()));
    Throwable cause = thrown.getCause();
    for (int depth = 0; cause != null && depth < 5; cause = cause.getCause(), depth++) {
      String message = String.valueOf(cause.getMessage());
      if (text.indexOf(message) < 0) {
        text.append(": ").append(message);
      }
    }
    return text.toString();
  }
}
