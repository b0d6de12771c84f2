package io.tidemark.gateway.replication;

import java.util.concurrent.CompletionException;

/** What stages of work that is done elsewhere fail with. */
public final class Failures {
  private Failures() {}

  /**
   * Why a stage failed: those that come after it are told by a {@link CompletionException} around
   * the reason, it itself without.
   */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
    return cause == null ? failure : cause;
  }
}
