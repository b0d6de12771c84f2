package io.tidemark.gateway.intake;

import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.WireFormatException;
import org.jspecify.annotations.Nullable;

/**
 * What is found out about a payload before it is taken.
 *
 * @param readings how many it counts as
 * @param problem null, or why it would be refused where it can be
 */
record Checks(int readings, Outcome.@Nullable Refused problem) {
  private static final int LARGE_BYTES = 64 << 10;

  /** Decoding a hostile batch takes up to 256 times its size: large ones go one at a time. */
  private static final Object ONE_LARGE = new Object();

  /** Decodes all of it: a body that is broken is found while the device can still keep it. */
  static Checks of(Delivery delivery) {
    try {
      BatchHeader header = decode(delivery.payload());
      int readings = header.kind() == BatchHeader.Kind.READINGS ? (int) header.count() : 0;
      if (!header.device().equals(delivery.device())) {
        return new Checks(
            readings,
            new Outcome.Refused(
                Reason.DEVICE_MISMATCH,
                "the batch is of device %s, but was sent as %s: a device sends its own batches, to its own topic"
                    .formatted(header.device(), delivery.device())));
      }
      return new Checks(readings, null);
    } catch (WireFormatException e) {
      return new Checks(
          1, new Outcome.Refused(Reason.UNDECODABLE, "not a batch: " + e.getMessage()));
    }
  }

  private static BatchHeader decode(byte[] payload) throws WireFormatException {
    if (payload.length <= LARGE_BYTES) {
      return BatchCodec.decode(payload).header();
    }
    synchronized (ONE_LARGE) {
      return BatchCodec.decode(payload).header();
    }
  }
}
