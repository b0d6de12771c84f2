package io.tidemark.gateway.intake.foreign;

/** A payload no readings can be made of. The message says what is wrong, the rule, what to do. */
public final class ForeignFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  ForeignFormatException(String message) {
    super(message);
  }
}
