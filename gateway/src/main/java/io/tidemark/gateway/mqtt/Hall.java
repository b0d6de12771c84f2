package io.tidemark.gateway.mqtt;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The connections that nobody knows yet, and the bytes of packets that have not come whole; over
 * all event loops. Thread-safe.
 */
final class Hall {
  private final int unidentifiedMax;
  private final long unfinishedMaxBytes;
  private final Set<Gate> unidentified = new LinkedHashSet<>();
  private final AtomicLong unfinishedBytes = new AtomicLong();

  Hall(int unidentifiedMax, long unfinishedMaxBytes) {
    this.unidentifiedMax = unidentifiedMax;
    this.unfinishedMaxBytes = unfinishedMaxBytes;
  }

  /**
   * A connection came. The one that has to go for it, if there are too many: the one that has kept
   * its CONNECT for longest, since an honest device sends it at once.
   */
  synchronized @Nullable Gate enter(Gate gate) {
    unidentified.add(gate);
    if (unidentified.size() <= unidentifiedMax) {
      return null;
    }
    Iterator<Gate> eldest = unidentified.iterator();
    Gate gone = eldest.next();
    eldest.remove();
    return gone;
  }

  /** Its CONNECT came, or it is closed. */
  synchronized void leave(Gate gate) {
    unidentified.remove(gate);
  }

  synchronized int unidentified() {
    return unidentified.size();
  }

  /** Takes note of bytes that are kept, or with a minus no longer; false if that is too many. */
  boolean keep(int more) {
    return unfinishedBytes.addAndGet(more) <= unfinishedMaxBytes || more <= 0;
  }

  long unfinishedBytes() {
    return unfinishedBytes.get();
  }
}
