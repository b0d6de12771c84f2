package io.tidemark.sim.fleet;

import io.tidemark.sim.record.KeptBatch;

/** A batch that a device has in hand, and how far it has got. Owned by the device's loop. */
final class Item {
  enum State {
    /** To be sent, or sent again. */
    READY,
    /** Sent on the present connection, not answered. */
    SENT,
    /** Refused for good; its drop is on the way to the disk. */
    GIVING_UP,
    /** Acknowledged; or refused for good, and the device cannot declare that. */
    DONE
  }

  final Epoch epoch;
  final long first;
  final int count;
  boolean drop;

  /** To be sent once more when it has been acknowledged. */
  boolean twice;

  long offset;
  int length;
  State state = State.READY;
  boolean sentBefore;

  /** Acknowledged, and sent once more all the same: whatever comes of that changes nothing. */
  boolean isEcho;

  long sentAtNanos;

  /** When the plan wanted it sent; {@link Fleet#NOT_PLANNED} if no plan did. */
  long dueAtNanos;

  Item(Epoch epoch, long first, int count, long offset, int length, long dueAtNanos) {
    this.epoch = epoch;
    this.first = first;
    this.count = count;
    this.offset = offset;
    this.length = length;
    this.dueAtNanos = dueAtNanos;
  }

  static Item of(Epoch epoch, KeptBatch kept) {
    Item item =
        new Item(
            epoch, kept.first(), kept.count(), kept.offset(), kept.length(), Fleet.NOT_PLANNED);
    item.drop = kept.drop();
    return item;
  }

  /** True if its numbers follow those of the other. */
  boolean isAfter(Item other) {
    return epoch.stream == other.epoch.stream
        ? first > other.first
        : epoch.stream > other.epoch.stream;
  }
}
