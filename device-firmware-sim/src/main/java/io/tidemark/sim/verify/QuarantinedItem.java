package io.tidemark.sim.verify;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.WireFormatException;
import org.jspecify.annotations.Nullable;

/**
 * Something in the quarantine.
 *
 * @param numbers which readings it is about, if it says so or its payload does; null otherwise
 * @param payload the bytes it came in; null if they were not told. Not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // items are never compared
record QuarantinedItem(@Nullable Numbers numbers, byte @Nullable [] payload) {

  /** Numbers of an epoch, from {@code first} to {@code last}, both in it. */
  record Numbers(long epoch, long first, long last) {}

  /** The batch it came in; null if it was none. */
  @Nullable Batch batch() {
    if (payload == null) {
      return null;
    }
    try {
      return BatchCodec.decode(payload);
    } catch (WireFormatException e) {
      return null; // quarantined because it cannot be decoded: as it should be
    }
  }
}
