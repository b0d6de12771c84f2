package io.tidemark.agent.publish;

/**
 * A gateway ended the connection over something it was sent, and several batches were in flight:
 * then they go one at a time until it is known which. Confined to the publisher's thread.
 */
final class Suspicion {
  private int suspects;

  /** One of {@code count} batches is to blame. */
  void raise(int count) {
    suspects = count;
  }

  /** A batch was accepted: it was not that one. */
  void cleared() {
    suspects = Math.max(0, suspects - 1);
  }

  /** The one to blame is known. */
  void found() {
    suspects = 0;
  }

  boolean isRaised() {
    return suspects > 0;
  }
}
