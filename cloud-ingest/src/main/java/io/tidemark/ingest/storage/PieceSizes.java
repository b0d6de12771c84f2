package io.tidemark.ingest.storage;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many slices the store is asked for together, so that an answer is there in time: one at
 * first, then at most twice as many as before, and only as many as are likely to fit into what is
 * left of the time. Used by one thread.
 */
final class PieceSizes {
  /** Ten days: each question is quickly answered, and its answer kept. */
  static final int MAX_SLICES = 40;

  private final LongSupplier nanoTime;
  private final long endNanoTime;
  private int size;
  private long begunNanoTime;
  private long sliceNanos;

  private PieceSizes(LongSupplier nanoTime, long withinNanos, int size) {
    this.nanoTime = nanoTime;
    this.size = size;
    endNanoTime = nanoTime.getAsLong() + withinNanos;
  }

  /** For an answer within this time from now on. */
  static PieceSizes within(Duration time, LongSupplier nanoTime) {
    return new PieceSizes(nanoTime, time.toNanos(), 0);
  }

  /** For an answer that has all the time it needs. */
  static PieceSizes unhurried(LongSupplier nanoTime) {
    return new PieceSizes(nanoTime, Long.MAX_VALUE / 2, MAX_SLICES);
  }

  /**
   * At most how many the next piece may have. 0 if the time is over; but there is always a first.
   */
  int next() {
    begunNanoTime = nanoTime.getAsLong();
    if (size == 0) {
      size = 1;
    } else {
      long fitting = Math.max(0, (endNanoTime - begunNanoTime) / Math.max(1, sliceNanos));
      size = (int) Math.min(fitting, Math.min(2L * size, MAX_SLICES));
    }
    return size;
  }

  /** The piece of which {@link #next} was the most is there, and had so many. */
  void asked(int slices) {
    sliceNanos = (nanoTime.getAsLong() - begunNanoTime) / slices;
  }
}
