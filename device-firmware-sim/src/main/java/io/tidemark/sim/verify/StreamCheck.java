package io.tidemark.sim.verify;

import io.tidemark.sim.verify.DeviceLedger.EpochLedger;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks one device and epoch: takes its rows one by one, in any order, then says what became of
 * each number. Holds two bits a reading. Not thread-safe.
 */
final class StreamCheck {
  private static final String STORED = "%s was produced as %s, stored as %s";

  private final StreamIndex index;
  private final Findings findings;
  private final BitSet seen = new BitSet();
  private final BitSet quarantined = new BitSet();
  private long duplicates;

  StreamCheck(StreamIndex index, Findings findings) {
    this.index = index;
    this.findings = findings;
  }

  StreamIndex index() {
    return index;
  }

  /** A row of this device and epoch. */
  void row(Row row) throws IOException {
    Reading expected = index.reading(row.sequence());
    if (expected == null) {
      problem(
          Problem.Kind.MISPLACED,
          row.sequence(),
          "a row has this number, which was never produced (the last is %d)"
              .formatted(index.nextSequence() - 1));
      return;
    }
    int number = Math.toIntExact(row.sequence());
    if (seen.get(number)) {
      duplicates++;
      problem(
          Problem.Kind.DOUBLED,
          row.sequence(),
          "there is more than one row; one more is at " + time(row.timeNanos()));
      return;
    }
    seen.set(number);
    compare(row, expected);
  }

  /** True if a row, found elsewhere, is the reading this stream has under that number. */
  boolean isMine(Row row) throws IOException {
    Reading expected = index.reading(row.sequence());
    return expected != null
        && expected.timeNanos() == row.timeNanos()
        && expected.sensor().equals(row.sensor())
        && difference(expected.values(), row.values(), STORED) == null;
  }

  /** Numbers of this device and epoch that are in the quarantine. */
  void quarantined(QuarantinedItem item) {
    long last = Math.min(item.last(), index.nextSequence() - 1);
    if (item.first() <= last && item.first() >= 0) {
      quarantined.set(Math.toIntExact(item.first()), Math.toIntExact(last + 1));
    }
  }

  /** What became of every number, after all rows. Names what is lost. */
  Sums settle(EpochLedger ledger) throws IOException {
    long waiting = 0;
    long declaredWaiting = 0;
    long stored = 0;
    long inQuarantine = 0;
    long dropped = 0;
    long missing = 0;
    List<Long> absent = new ArrayList<>();
    for (int batch = 0; batch < index.batches(); batch++) {
      StreamIndex.State state = index.state(batch);
      boolean given = state == StreamIndex.State.ACKNOWLEDGED || state == StreamIndex.State.DROPPED;
      boolean gaveUp = state == StreamIndex.State.REFUSED || state == StreamIndex.State.DROPPED;
      long end = index.first(batch) + index.count(batch);
      for (long number = index.first(batch); number < end; number++) {
        if (seen.get((int) number)) {
          stored++;
        } else if (quarantined.get((int) number)) {
          inQuarantine++;
        } else if (gaveUp && ledger.dropped(number)) {
          dropped++;
        } else if (!given) {
          waiting++;
          declaredWaiting += number < ledger.produced() ? 1 : 0;
        } else if (ledger.missing(number) || ledger.dropped(number)) {
          missing++;
          lost(number, ledger, state);
        } else {
          absent.add(number);
        }
      }
    }
    // The ledger may count some as waiting on a gateway; if all that are absent can be those, they
    // are not lost.
    if (absent.size() <= ledger.waiting() - declaredWaiting) {
      waiting += absent.size();
    } else {
      missing += absent.size();
      for (long number : absent) {
        lost(number, ledger, StreamIndex.State.ACKNOWLEDGED);
      }
    }
    return new Sums(
        index.nextSequence(),
        waiting,
        stored,
        inQuarantine,
        dropped,
        missing,
        duplicates,
        0,
        index.refusedReadings());
  }

  private void lost(long number, EpochLedger ledger, StreamIndex.State state) throws IOException {
    String says =
        ledger.missing(number)
            ? "the ledger calls it missing too"
            : ledger.dropped(number)
                ? "the ledger calls it dropped, but it was never given up"
                : "the ledger does not call it missing";
    String how = state == StreamIndex.State.DROPPED ? "its drop was acknowledged" : "acknowledged";
    Reading reading = index.reading(number);
    findings.lost(
        index.device(),
        index.epoch(),
        number,
        reading == null ? 0 : reading.timeNanos(),
        how + ", and neither a row nor in the quarantine nor dropped; " + says);
  }

  private void compare(Row row, Reading expected) {
    if (!row.sensor().equals(expected.sensor()) || !row.kind().equals(expected.kind())) {
      problem(
          Problem.Kind.MISPLACED,
          row.sequence(),
          "produced by sensor %s (%s), stored under %s (%s)"
              .formatted(expected.sensor(), expected.kind(), row.sensor(), row.kind()));
    } else if (row.timeNanos() != expected.timeNanos()) {
      problem(
          Problem.Kind.MOVED,
          row.sequence(),
          "produced at %s, stored at %s"
              .formatted(time(expected.timeNanos()), time(row.timeNanos())));
    } else {
      String difference = difference(expected.values(), row.values(), STORED);
      if (difference != null) {
        problem(Problem.Kind.ALTERED, row.sequence(), difference);
      }
    }
  }

  private void problem(Problem.Kind kind, long sequence, String detail) {
    findings.add(kind, index.device(), index.epoch(), sequence, detail);
  }

  /**
   * The first metric that differs in any bit, in words; null if none does.
   *
   * @param words of its name, what was expected and what was found
   */
  static @Nullable String difference(
      Map<String, Value> expected, Map<String, Value> found, String words) {
    TreeSet<String> metrics = new TreeSet<>(expected.keySet());
    metrics.addAll(found.keySet());
    for (String metric : metrics) {
      Value wanted = expected.get(metric);
      Value got = found.get(metric);
      if (wanted == null || got == null || !wanted.equals(got)) {
        return words.formatted(metric, text(wanted), text(got));
      }
    }
    return null;
  }

  private static String text(@Nullable Value value) {
    if (value == null) {
      return "nothing";
    }
    if (value instanceof Value.Num number) {
      return "%s (bits %016x)"
          .formatted(number.value(), Double.doubleToRawLongBits(number.value()));
    }
    return value instanceof Value.Flag flag
        ? Boolean.toString(flag.value())
        : '"' + ((Value.Text) value).value() + '"';
  }

  static String time(long nanos) {
    return Instant.ofEpochSecond(
            Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L))
        .toString();
  }
}
