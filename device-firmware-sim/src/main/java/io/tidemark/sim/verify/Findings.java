package io.tidemark.sim.verify;

import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects problems, up to a limit, and counts what is none. A reading that is missing in its place
 * and was found in another is named once, as misplaced. Not thread-safe.
 */
final class Findings {
  private record Key(String device, long epoch, long sequence) {}

  /** What a row says of a reading that has no number. */
  private record Content(String sensor, long millis, Map<String, Value> values) {}

  private final int problemsMax;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<Key> misplaced = new HashSet<>();
  private final Map<Content, Key> lostContents = new HashMap<>();
  private long redelivered;
  private long redeliveredRows;
  private long foreignRows;
  private long unnamed;
  private long lost;
  private long lostFromNanos = Long.MAX_VALUE;
  private long lostToNanos = Long.MIN_VALUE;

  Findings(int problemsMax) {
    this.problemsMax = problemsMax;
  }

  void add(Problem.Kind kind, String device, long epoch, long sequence, String detail) {
    if (kind == Problem.Kind.MISPLACED) {
      misplaced.add(new Key(device, epoch, sequence));
    }
    if (problems.size() < problemsMax) {
      problems.add(new Problem(kind, device, epoch, sequence, detail));
    } else {
      unnamed++;
    }
  }

  /** A reading that is nowhere, and the time it was taken. */
  void lost(String device, long epoch, long sequence, long timeNanos, String detail) {
    lost++;
    lostFromNanos = Math.min(lostFromNanos, timeNanos);
    lostToNanos = Math.max(lostToNanos, timeNanos);
    add(Problem.Kind.LOST, device, epoch, sequence, detail);
  }

  /** A reading without a number that is nowhere: what it says is looked for. */
  void lostByContent(String device, long epoch, long sequence, Reading reading, String detail) {
    lost(device, epoch, sequence, reading.timeNanos(), detail);
    if (lostContents.size() < problemsMax) {
      lostContents.put(
          content(reading.sensor(), reading.timeNanos(), reading.values()),
          new Key(device, epoch, sequence));
    }
  }

  boolean anyLostByContent() {
    return !lostContents.isEmpty();
  }

  /** A row of a known epoch that is stored under another device than the epoch's. */
  void underOther(String owner, String device, Row row) {
    add(
        Problem.Kind.MISPLACED,
        owner,
        row.epoch(),
        row.sequence(),
        "stored under device " + device);
  }

  /** A row of another device: is it a lost reading that has no number? */
  void perhapsLost(String device, Row row) {
    Key key = lostContents.get(content(row.sensor(), row.timeNanos(), row.values()));
    if (key != null && !key.device().equals(device)) {
      add(
          Problem.Kind.MISPLACED,
          key.device(),
          key.epoch(),
          key.sequence(),
          "stored under device %s, as number %d of epoch %d"
              .formatted(device, row.sequence(), row.epoch()));
    }
  }

  private static Content content(String sensor, long timeNanos, Map<String, Value> values) {
    return new Content(sensor, ContentIndex.millis(timeNanos), values);
  }

  /** A row of an epoch that the record does not know. */
  void foreignRow() {
    foreignRows++;
  }

  long foreignRows() {
    return foreignRows;
  }

  /** Batches that came again, by the ledger. */
  void redelivered(long batches) {
    redelivered += batches;
  }

  long redelivered() {
    return redelivered;
  }

  /** Rows of readings without numbers that have a row already: they were delivered again. */
  void redeliveredRows(long rows) {
    redeliveredRows += rows;
  }

  long redeliveredRows() {
    return redeliveredRows;
  }

  boolean anyLost() {
    return lost > 0;
  }

  long lostFromNanos() {
    return lostFromNanos;
  }

  long lostToNanos() {
    return lostToNanos;
  }

  long unnamed() {
    return unnamed;
  }

  List<Problem> problems() {
    return problems.stream()
        .filter(
            p ->
                p.kind() != Problem.Kind.LOST
                    || !misplaced.contains(new Key(p.device(), p.epoch(), p.sequence())))
        .toList();
  }
}
