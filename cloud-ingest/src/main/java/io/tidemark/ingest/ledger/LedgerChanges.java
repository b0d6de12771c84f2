package io.tidemark.ingest.ledger;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one transaction adds to the ledger. Collected by one thread, then given to {@link
 * Ledger#apply}.
 */
public final class LedgerChanges {
  private final Map<EpochKey, EpochChange> epochs = new TreeMap<>();
  private final Map<String, GroupReport> groups = new LinkedHashMap<>();
  private final Set<String> known = new HashSet<>();
  private final Set<Series> series = new HashSet<>();
  private final Map<String, LastWill> wills = new TreeMap<>();

  /** A sensor of a device. */
  record Series(String device, String sensor, String kind) {}

  /** What one epoch gains. */
  static final class EpochChange {
    final List<Interval> intervals = new ArrayList<>();

    /** What these numbers become if they are quarantined now. */
    final List<Interval> released = new ArrayList<>();

    /** What of those that are stored now is late. */
    final List<Late> late = new ArrayList<>();

    long nextSequence;
    long oldestKept;
    long redelivered;
    long firstSeen = Long.MAX_VALUE;
    long lastSeen = Long.MIN_VALUE;
  }

  /**
   * A valid batch came: what it declares is believed. {@code seenNanos}: when a gateway received
   * it.
   */
  public void declared(BatchHeader header, long seenNanos) {
    EpochChange change = epoch(new EpochKey(header.device(), header.epoch()));
    change.nextSequence = Math.max(change.nextSequence, header.nextSequence());
    change.oldestKept = Math.max(change.oldestKept, header.oldestKept());
    change.firstSeen = Math.min(change.firstSeen, seenNanos);
    change.lastSeen = Math.max(change.lastSeen, seenNanos);
  }

  /** Rows that are there now. Those of an epoch should come together, ascending. */
  public void stored(List<Row> rows) {
    int begin = 0;
    for (int end = 1; end <= rows.size(); end++) {
      if (end == rows.size() || !rows.get(end).follows(rows.get(end - 1))) {
        Row first = rows.get(begin);
        add(first.key(), first.sequence(), rows.get(end - 1).sequence(), State.STORED, "");
        begin = end;
      }
    }
    Row last = null; // of most rows that come one after the other the series is the same
    for (Row row : rows) {
      if (last == null || !isSameSeries(row, last)) {
        Reading reading = row.reading();
        series.add(new Series(row.key().device(), reading.sensor(), reading.kind()));
      }
      last = row;
    }
  }

  private static boolean isSameSeries(Row row, Row other) {
    return row.key().equals(other.key())
        && row.reading().sensor().equals(other.reading().sensor())
        && row.reading().kind().equals(other.reading().kind());
  }

  /** Some of the rows that are there now were stored late. */
  public void late(String device, Late added) {
    List<Late> late = epoch(new EpochKey(device, added.epoch())).late;
    int end = late.size() - 1;
    if (end >= 0 && late.get(end).meets(added)) {
      late.set(end, late.get(end).join(added));
    } else {
      late.add(added);
    }
  }

  /**
   * A number was found to be a row, at this time (nanoseconds since 1970 UTC), by looking for what
   * a crash left behind.
   */
  public void found(EpochKey key, long sequence, long nowNanos) {
    add(key, sequence, sequence, State.STORED, "");
    EpochChange change = epoch(key);
    change.firstSeen = Math.min(change.firstSeen, nowNanos);
    change.lastSeen = Math.max(change.lastSeen, nowNanos);
  }

  /** A number is in the quarantine. */
  public void quarantined(EpochKey key, long sequence) {
    add(key, sequence, sequence, State.QUARANTINED, "");
  }

  /** A number is no longer in the quarantine, and is given up for this reason. */
  public void discarded(EpochKey key, long sequence, String reason) {
    epoch(key).released.add(new Interval(sequence, sequence, State.DROPPED, reason));
  }

  /** A device has given numbers up. */
  public void dropped(EpochKey key, long first, long last, String reason) {
    add(key, first, last, State.DROPPED, reason);
  }

  /** A batch came of which something was there already. */
  public void redelivered(EpochKey key) {
    epoch(key).redelivered++;
  }

  /** A gateway group says how far it is. The last of several counts, but none after its end. */
  public void group(GroupReport report) {
    groups.merge(report.group(), report, (before, now) -> before.isEnd() ? before : now);
  }

  /** Names of groups that there are, whether they have said something of themselves or not. */
  public void known(Collection<String> names) {
    known.addAll(names);
  }

  /** The last words of a device. The last of several of one device counts. */
  public void will(LastWill will) {
    wills.put(will.device(), will);
  }

  /** The devices about which something changes. */
  public Set<String> devices() {
    Set<String> devices = new HashSet<>(wills.keySet());
    epochs.keySet().forEach(key -> devices.add(key.device()));
    return devices;
  }

  Map<EpochKey, EpochChange> epochs() {
    return epochs;
  }

  Set<String> known() {
    return known;
  }

  Map<String, GroupReport> groups() {
    return groups;
  }

  Set<Series> series() {
    return series;
  }

  Collection<LastWill> wills() {
    return wills.values();
  }

  private EpochChange epoch(EpochKey key) {
    return epochs.computeIfAbsent(key, k -> new EpochChange());
  }

  /** Runs of numbers become one interval as they are added. */
  private void add(EpochKey key, long first, long last, State state, String reason) {
    EpochChange change = epoch(key);
    change.nextSequence = Math.max(change.nextSequence, last + 1); // what is there was produced
    List<Interval> intervals = change.intervals;
    if (!intervals.isEmpty()) {
      Interval before = intervals.get(intervals.size() - 1);
      if (before.last() + 1 == first && before.is(state, reason)) {
        intervals.set(intervals.size() - 1, before.to(last));
        return;
      }
    }
    intervals.add(new Interval(first, last, state, reason));
  }
}
