package io.tidemark.gateway.forward;

import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Entries that are sent together, until they are acknowledged. Belongs to the forwarder's thread.
 */
final class Window {
  private final long from;
  private final long last;
  private final long readings;
  private final List<LogEntry> entries;
  private int attempts;
  private boolean inFlight;
  private boolean stored;
  private long dueAt;

  private Window(long from, long last, long readings, List<LogEntry> entries, long now) {
    this.from = from;
    this.last = last;
    this.readings = readings;
    this.entries = entries;
    this.dueAt = now;
  }

  /**
   * A window over entries read from {@code from} on.
   *
   * @throws IOException if the log holds bytes that are no entry
   */
  static Window of(long from, List<CommittedEntry> read, long now) throws IOException {
    List<LogEntry> entries = new ArrayList<>(read.size());
    long readings = 0;
    for (CommittedEntry entry : read) {
      try {
        entries.add(ForwardCodec.decodeEntry(entry.bytes()));
      } catch (WireFormatException e) {
        throw new IOException("index " + entry.index() + " of the log is no entry", e);
      }
      readings += entry.readings();
    }
    return new Window(from, read.get(read.size() - 1).index(), readings, entries, now);
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

  List<LogEntry> entries() {
    return entries;
  }

  boolean waits(long now) {
    return !stored && !inFlight && now - dueAt >= 0;
  }

  boolean waits() {
    return !stored && !inFlight;
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
  }

  boolean stored() {
    return stored;
  }
}
