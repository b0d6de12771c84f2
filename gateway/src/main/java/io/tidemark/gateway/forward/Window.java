package io.tidemark.gateway.forward;

import io.tidemark.gateway.replication.CommittedEntry;
import java.util.List;

/**
 * Entries that are sent together, until they are acknowledged. Belongs to the forwarder's thread.
 */
final class Window {
  private final long from;
  private final long last;
  private final long readings;
  private List<byte[]> entries;
  private int attempts;
  private boolean inFlight;
  private boolean stored;
  private long dueAt;

  private Window(long from, long last, long readings, List<byte[]> entries, long now) {
    this.from = from;
    this.last = last;
    this.readings = readings;
    this.entries = entries;
    this.dueAt = now;
  }

  /** A window over entries read from {@code from} on. */
  static Window of(long from, List<CommittedEntry> read, long now) {
    return new Window(
        from,
        read.get(read.size() - 1).index(),
        read.stream().mapToLong(CommittedEntry::readings).sum(),
        read.stream().map(CommittedEntry::bytes).toList(),
        now);
  }

  /** Everything below this is in earlier windows, or no data. */
  long from() {
    return from;
  }

  /** Index of the last entry. */
  long last() {
    return last;
  }

  long readings() {
    return readings;
  }

  /** As they lie in the log; none once they are stored. */
  List<byte[]> entries() {
    return entries;
  }

  boolean waits(long now) {
    return !stored && !inFlight && now - dueAt >= 0;
  }

  boolean waits() {
    return !stored && !inFlight;
  }

  boolean inFlight() {
    return inFlight;
  }

  long dueAt() {
    return dueAt;
  }

  /** Returns true if it was sent before. */
  boolean sent() {
    inFlight = true;
    return attempts++ > 0;
  }

  void notStored(long dueAgainAt) {
    inFlight = false;
    dueAt = dueAgainAt;
  }

  void nowStored() {
    inFlight = false;
    stored = true;
    entries = List.of();
  }

  boolean stored() {
    return stored;
  }
}
