package io.tidemark.sim.verify;

import io.tidemark.sim.verify.DeviceLedger.EpochLedger;
import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Checks one device and epoch: takes its rows one by one, in any order, then says what became of
 * each number. Holds two bits a reading. Not thread-safe.
 */
final class StreamCheck {
  /** What is said of what nobody could be told. */
  static final String REFUSED =
      "refused for good by a gateway; the device cannot declare that, so only the record knows";

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
    Reading expected = index.stored(row.sequence());
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
          "there is more than one row; one more is at " + Compared.time(row.timeNanos()));
      return;
    }
    seen.set(number);
    compare(row, expected);
  }

  /** True if a row, found elsewhere, is the reading this stream has under that number. */
  boolean isMine(Row row) throws IOException {
    Reading expected = index.stored(row.sequence());
    return expected != null
        && expected.timeNanos() == row.timeNanos()
        && expected.sensor().equals(row.sensor())
        && Compared.difference(expected.values(), row.values()) == null;
  }

  /** Numbers of this device and epoch that are in the quarantine. */
  void quarantined(long first, long last) {
    long end = Math.min(last, index.nextSequence() - 1) + 1;
    if (first < end && first >= 0) {
      quarantined.set(Math.toIntExact(first), Math.toIntExact(end));
    }
  }

  /** Batches that are in the quarantine with the bytes they were sent in. */
  void quarantined(AsTheyCame payloads) throws IOException {
    for (int batch = 0; batch < index.batches() && !payloads.isEmpty(); batch++) {
      int first = Math.toIntExact(index.first(batch));
      boolean isThere = seen.nextClearBit(first) >= first + index.count(batch);
      if (!isThere && payloads.has(index.sent(batch))) {
        quarantined.set(first, first + index.count(batch));
      }
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
        } else if (state == StreamIndex.State.REFUSED && !index.payload().declares()) {
          missing++;
          problem(Problem.Kind.REFUSED, number, REFUSED);
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
    Reading reading = index.stored(number);
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
              .formatted(Compared.time(expected.timeNanos()), Compared.time(row.timeNanos())));
    } else {
      String difference = Compared.difference(expected.values(), row.values());
      if (difference != null) {
        problem(Problem.Kind.ALTERED, row.sequence(), difference);
      }
    }
  }

  private void problem(Problem.Kind kind, long sequence, String detail) {
    findings.add(kind, index.device(), index.epoch(), sequence, detail);
  }
}
