package io.tidemark.ingest.intake;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds the bytes of all requests held at a time. Thread-safe. */
final class ByteBudget {
  private final long maxBytes;
  private final AtomicLong used = new AtomicLong();

  ByteBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  Lease lease() {
    return new Lease();
  }

  long used() {
    return used.get();
  }

  /** One request's share. Used by one thread at a time. */
  final class Lease {
    private long bytes;

    /** Takes more; false if there is no more. */
    boolean grow(long more) {
      long now = used.addAndGet(more);
      if (now > maxBytes) {
        used.addAndGet(-more);
        return false;
      }
      bytes += more;
      return true;
    }

    /** Gives all back; a second time does nothing. */
    void release() {
      used.addAndGet(-bytes);
      bytes = 0;
    }
  }
}
