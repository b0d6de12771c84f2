package io.tidemark.identity;

import java.io.IOException;

/** There was nobody who could be asked, or who could answer now: asking again later may help. */
public final class UnreachableException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreachableException(String message) {
    super(message);
  }
}
