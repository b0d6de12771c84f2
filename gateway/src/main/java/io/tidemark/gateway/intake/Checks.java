package io.tidemark.gateway.intake;

import io.tidemark.gateway.intake.foreign.Foreign;
import io.tidemark.gateway.intake.foreign.ForeignFormatException;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Limits;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.WireFormatException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is found out about a payload before it is taken.
 *
 * @param readings how many it counts as
 * @param problem null, or why it would be refused where it can be
 * @param deliveries what goes into the log: the bytes as they came, or the batches that were made
 *     of them
 * @param unnumbered the payload, if some of its readings still need a number; else null
 */
record Checks(
    int readings,
    Outcome.@Nullable Refused problem,
    List<Delivery> deliveries,
    @Nullable Foreign unnumbered) {
  private static final int LARGE_BYTES = 64 << 10;

  /** Decoding a hostile batch takes up to 256 times its size: large ones go one at a time. */
  private static final Object ONE_LARGE = new Object();

  /**
   * Decodes all of it: a body that is broken is found while the device can still keep it.
   *
   * @param given what the device says it is; null if it says nothing
   */
  static Checks of(Delivery delivery, @Nullable PayloadType given, Instant now) {
    if (delivery.payload().length > Limits.BATCH_MAX_BYTES) {
      return asItCame(
          delivery,
          1,
          Reason.TOO_LARGE,
          "a payload may have %d bytes, but this has %d: send fewer readings at a time"
              .formatted(Limits.BATCH_MAX_BYTES, delivery.payload().length));
    }
    PayloadType type = given == null ? PayloadType.guess(delivery.payload()) : given;
    return type == PayloadType.BATCH ? batch(delivery) : foreign(delivery, type, now);
  }

  /** How many readings a payload that nobody looks at counts as. */
  static int readingsOf(Delivery delivery, @Nullable PayloadType given) {
    PayloadType type = given == null ? PayloadType.guess(delivery.payload()) : given;
    try {
      return type == PayloadType.BATCH ? readings(BatchCodec.readHeader(delivery.payload())) : 1;
    } catch (WireFormatException e) {
      return 1;
    }
  }

  private static int readings(BatchHeader header) {
    return header.kind() == BatchHeader.Kind.READINGS ? (int) header.count() : 0;
  }

  private static Checks batch(Delivery delivery) {
    try {
      BatchHeader header = decode(delivery.payload());
      int readings = readings(header);
      if (!header.device().equals(delivery.device())) {
        return asItCame(
            delivery,
            readings,
            Reason.DEVICE_MISMATCH,
            "the batch is of device %s, but was sent as %s: a device sends its own batches, to its own topic"
                .formatted(header.device(), delivery.device()));
      }
      return new Checks(readings, null, List.of(delivery), null);
    } catch (WireFormatException e) {
      return asItCame(delivery, 1, Reason.UNDECODABLE, "not a batch: " + e.getMessage());
    }
  }

  private static Checks foreign(Delivery delivery, PayloadType type, Instant now) {
    try {
      Foreign foreign = Foreign.read(delivery.payload(), type, now);
      List<Delivery> batches = new ArrayList<>();
      for (byte[] batch : foreign.encodeNumbered(delivery.device())) {
        batches.add(new Delivery(delivery.device(), batch));
      }
      return new Checks(foreign.count(), null, batches, foreign.unnumbered() == 0 ? null : foreign);
    } catch (ForeignFormatException e) {
      String problem = String.valueOf(e.getMessage());
      return asItCame(
          Delivery.withProblem(delivery.device(), delivery.payload(), problem),
          1,
          Reason.UNDECODABLE,
          problem);
    }
  }

  private static Checks asItCame(Delivery delivery, int readings, Reason reason, String text) {
    return new Checks(readings, new Outcome.Refused(reason, text), List.of(delivery), null);
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
