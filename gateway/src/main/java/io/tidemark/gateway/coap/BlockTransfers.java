package io.tidemark.gateway.coap;

import io.tidemark.gateway.intake.Reason;
import java.io.ByteArrayOutputStream;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.californium.core.coap.BlockOption;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.jspecify.annotations.Nullable;

/**
 * Payloads that come in blocks and are not complete (RFC 7959, Block1). Californium's own layer
 * sets the largest payload's memory aside for the first block of each, which a forged datagram is
 * enough for; here a transfer costs what has come of it, and when there are too many the one that
 * has not moved for longest is given up: a device that goes on is never the one. Thread-safe.
 */
final class BlockTransfers {
  /** What a transfer costs beside its bytes. */
  static final int TRANSFER_OVERHEAD_BYTES = 512;

  /** MAX_TRANSMIT_WAIT (RFC 7252, section 4.8.2): after that a device has given the block up. */
  static final long IDLE_MAX_S = 93;

  /** Whose it is: one payload at a time of a peer and a device. */
  record Key(Object peer, String device) {}

  /**
   * What a request says of the payload that its block is a part of.
   *
   * @param contentFormat CoAP content format; -1 if there is none
   * @param size1 bytes of the whole payload, as announced; 0 if it is not
   */
  record Part(BlockOption block, int contentFormat, int size1, byte[] payload) {}

  /** What a block led to. */
  sealed interface Step {
    /** The payload is not complete: more is to come. */
    record Continue() implements Step {}

    /** The payload is complete. */
    record Whole(byte[] payload) implements Step {}

    /** The payload is given up. */
    record Failed(ResponseCode code, Reason reason, String text) implements Step {}
  }

  private static final class Transfer {
    private final int contentFormat;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long atNanos;

    private Transfer(int contentFormat) {
      this.contentFormat = contentFormat;
    }

    private int cost() {
      return bytes.size() + TRANSFER_OVERHEAD_BYTES;
    }
  }

  private final int maxBytes;
  private final int payloadMaxBytes;
  private final LongSupplier nanoTime;

  /** The one that has not moved for longest first. */
  private final Map<Key, Transfer> transfers = new LinkedHashMap<>();

  private long costBytes;

  /**
   * None yet.
   *
   * @param maxBytes memory of all together
   * @param payloadMaxBytes of one, when it is complete
   */
  BlockTransfers(int maxBytes, int payloadMaxBytes, LongSupplier nanoTime) {
    this.maxBytes = maxBytes;
    this.payloadMaxBytes = payloadMaxBytes;
    this.nanoTime = nanoTime;
  }

  /** A payload that came by itself, and not in blocks. */
  Step single(byte[] payload) {
    return payload.length > payloadMaxBytes ? tooLarge() : new Step.Whole(payload);
  }

  private Step tooLarge() {
    return new Step.Failed(
        ResponseCode.REQUEST_ENTITY_TOO_LARGE,
        Reason.TOO_LARGE,
        "a payload may have " + payloadMaxBytes + " bytes: send less at a time");
  }

  /** Adds a block to its payload. */
  synchronized Step add(Key key, Part part) {
    long now = nanoTime.getAsLong();
    giveUp(now);
    Transfer before = remove(key);
    BlockOption block = part.block;
    int offset = block.getOffset();
    if (part.size1 > payloadMaxBytes || offset + part.payload.length > payloadMaxBytes) {
      return tooLarge();
    }
    if (block.isM() && part.payload.length != block.getSize()) {
      return new Step.Failed(
          ResponseCode.BAD_REQUEST,
          Reason.PROTOCOL,
          "a block that more is to follow must have %d bytes, as it says, but has %d"
              .formatted(block.getSize(), part.payload.length));
    }
    Transfer transfer = offset == 0 ? new Transfer(part.contentFormat) : before;
    String broken = offset == 0 ? null : broken(before, part);
    if (transfer == null || broken != null) {
      return new Step.Failed(
          ResponseCode.REQUEST_ENTITY_INCOMPLETE,
          Reason.PROTOCOL,
          broken + ": send it again from its first block");
    }
    transfer.bytes.writeBytes(part.payload);
    if (!block.isM()) {
      return new Step.Whole(transfer.bytes.toByteArray());
    }
    transfer.atNanos = now;
    transfers.put(key, transfer);
    costBytes += transfer.cost();
    giveUp(now);
    return new Step.Continue();
  }

  private static @Nullable String broken(@Nullable Transfer before, Part part) {
    if (before == null) {
      return "the blocks before this one are not here";
    }
    if (before.bytes.size() != part.block.getOffset()) {
      return "this block begins at byte %d, but %d have come"
          .formatted(part.block.getOffset(), before.bytes.size());
    }
    return before.contentFormat == part.contentFormat
        ? null
        : "this block has another content format than the first";
  }

  private @Nullable Transfer remove(Key key) {
    Transfer removed = transfers.remove(key);
    if (removed != null) {
      costBytes -= removed.cost();
    }
    return removed;
  }

  /** Lets go of those that stand still, and of more if there are too many. */
  private void giveUp(long now) {
    long idleNanos = TimeUnit.SECONDS.toNanos(IDLE_MAX_S);
    for (Iterator<Transfer> stillest = transfers.values().iterator(); stillest.hasNext(); ) {
      Transfer transfer = stillest.next();
      if (costBytes <= maxBytes && now - transfer.atNanos < idleNanos) {
        return;
      }
      costBytes -= transfer.cost();
      stillest.remove();
    }
  }

  /** Memory the incomplete payloads cost. */
  synchronized long costBytes() {
    return costBytes;
  }
}
