package io.tidemark.gateway.coap;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Datagrams received and not yet looked at. Californium queues them without a bound, and a flood
 * comes faster than it can be worked off. Thread-safe.
 */
final class Backlog {
  /** What a datagram costs beside its bytes. */
  static final int DATAGRAM_OVERHEAD_BYTES = 512;

  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();

  Backlog(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Takes room for a datagram of this size; false if there is none. */
  boolean enter(int datagramBytes) {
    int cost = datagramBytes + DATAGRAM_OVERHEAD_BYTES;
    if (bytes.addAndGet(cost) <= maxBytes) {
      return true;
    }
    bytes.addAndGet(-cost);
    return false;
  }

  /** Gives the room back. */
  void leave(int datagramBytes) {
    bytes.addAndGet(-(datagramBytes + DATAGRAM_OVERHEAD_BYTES));
  }

  long bytes() {
    return bytes.get();
  }
}
