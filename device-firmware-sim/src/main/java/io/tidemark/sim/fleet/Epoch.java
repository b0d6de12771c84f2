package io.tidemark.sim.fleet;

import io.tidemark.sim.record.StreamState;

/**
 * One of a device's epochs, and how far it has got. Owned by the device's loop; {@link #oldestKept}
 * may be asked by any thread.
 */
final class Epoch {
  private static final long OPEN = Long.MAX_VALUE;

  /** What the record calls it. */
  final int stream;

  /** What it is called to the platform. */
  final long number;

  /** Everything below has been produced and is on the disk. */
  long nextSequence;

  private long end = OPEN;
  private volatile long oldestKept;

  Epoch(StreamState state) {
    this.stream = state.stream();
    this.number = state.epoch();
    this.nextSequence = state.nextSequence();
    this.oldestKept = state.kept().isEmpty() ? nextSequence : state.kept().get(0).first();
  }

  /** Nothing is numbered in it from {@code number} on. */
  void end(long at) {
    end = at;
  }

  /** True if it has ended and all of it is acknowledged, or in acknowledged drops. */
  boolean isDone() {
    return oldestKept >= end;
  }

  /**
   * The lowest number neither acknowledged nor in an acknowledged drop; may lag behind, never
   * ahead.
   */
  long oldestKept() {
    return oldestKept;
  }

  void oldestKept(long sequence) {
    oldestKept = sequence;
  }
}
