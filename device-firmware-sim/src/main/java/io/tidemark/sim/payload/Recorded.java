package io.tidemark.sim.payload;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.WireFormatException;

/** What the payloads that are no batches are made from. */
final class Recorded {
  /**
   * Most readings in a payload that is not a batch. A three-phase meter's are the largest: with
   * this many it needs some 200 KiB in SenML.
   */
  static final int READINGS_MAX = 200;

  static final long NANOS_PER_MILLI = 1_000_000;

  private Recorded() {}

  static Batch decoded(byte[] batch) {
    try {
      return BatchCodec.decode(batch);
    } catch (WireFormatException e) {
      throw new IllegalArgumentException("what is to be sent is no batch: " + e.getMessage(), e);
    }
  }

  /** A time cut to the millisecond, as gateways cut the times they are given. */
  static long cutToMilli(long nanos) {
    return Math.floorDiv(nanos, NANOS_PER_MILLI) * NANOS_PER_MILLI;
  }
}
