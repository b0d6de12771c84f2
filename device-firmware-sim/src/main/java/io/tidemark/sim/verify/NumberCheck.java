package io.tidemark.sim.verify;

import io.tidemark.sim.hardware.HardwareSums;
import io.tidemark.sim.verify.DeviceLedger.EpochLedger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Checks one epoch of which only the numbers are known: takes its rows one by one, in any order,
 * then says what became of each number. Holds two bits a reading. Not thread-safe.
 */
final class NumberCheck {
  private final HardwareSums.Epoch expected;
  private final Findings findings;
  private final int count;
  private final BitSet seen = new BitSet();
  private final BitSet quarantined = new BitSet();
  private long duplicates;

  /**
   * @throws CannotCheckException if there are more numbers than can be held
   */
  NumberCheck(HardwareSums.Epoch expected, Findings findings) throws CannotCheckException {
    if (expected.nextSequence() > Integer.MAX_VALUE) {
      throw new CannotCheckException(
          "%s has %,d readings in one epoch; at most %,d can be checked"
              .formatted(expected.device(), expected.nextSequence(), Integer.MAX_VALUE),
          null);
    }
    this.expected = expected;
    this.findings = findings;
    this.count = (int) expected.nextSequence();
  }

  /** A row of this device and epoch. */
  void row(Row row) {
    if (row.sequence() < 0 || row.sequence() >= count) {
      problem(
          Problem.Kind.MISPLACED,
          row.sequence(),
          "a row has this number, which the journal never gave (the last is %d)"
              .formatted(count - 1));
    } else if (seen.get((int) row.sequence())) {
      duplicates++;
      problem(Problem.Kind.DOUBLED, row.sequence(), "there is more than one row");
    } else {
      seen.set((int) row.sequence());
    }
  }

  /** Numbers of this device and epoch that are in the quarantine. */
  void quarantined(long first, long last) {
    if (first >= 0 && first < count && first <= last) {
      quarantined.set((int) first, (int) Math.min(last + 1, count));
    }
  }

  /** Whether the ledger has come as far as it can. */
  boolean settled(EpochLedger ledger) {
    return ledger.waiting() <= expected.outstanding()
        && ledger.produced() >= expected.nextSequence() - expected.outstanding();
  }

  /** What became of every number, after all rows. Names what is lost. */
  Sums settle(EpochLedger ledger) {
    long stored = 0;
    long inQuarantine = 0;
    long dropped = 0;
    List<Integer> missing = new ArrayList<>();
    List<Integer> absent = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      if (seen.get(number)) {
        stored++;
      } else if (quarantined.get(number)) {
        inQuarantine++;
      } else if (ledger.dropped(number)) {
        dropped++;
      } else if (ledger.missing(number)) {
        missing.add(number);
      } else {
        absent.add(number);
      }
    }
    // Those that the journal, or a gateway by the ledger's word, still has are not lost; what the
    // journal has not declared yet is neither a row nor known as dropped.
    boolean waits = absent.size() <= Math.max(expected.outstanding(), ledger.waiting());
    if (!waits) {
      missing.addAll(absent);
    }
    missing.forEach(number -> lost(number, ledger));
    boolean gaveUp = dropped <= expected.dropped();
    if (!gaveUp) {
      notGivenUp(ledger, dropped);
    }
    return new Sums(
        count,
        waits ? absent.size() : 0,
        stored,
        inQuarantine,
        gaveUp ? dropped : 0,
        missing.size() + (gaveUp ? 0 : dropped),
        duplicates,
        0,
        0);
  }

  private void lost(int number, EpochLedger ledger) {
    problem(
        Problem.Kind.LOST,
        number,
        "acknowledged, and neither a row nor in the quarantine nor dropped; the ledger %s it missing%s"
            .formatted(
                ledger.missing(number) ? "calls" : "does not call",
                ledger.missing(number) ? " too" : ""));
  }

  /** Which of them the agent did not give up, it alone could tell. */
  private void notGivenUp(EpochLedger ledger, long dropped) {
    for (int number = 0; number < count; number++) {
      if (!seen.get(number) && !quarantined.get(number) && ledger.dropped(number)) {
        problem(
            Problem.Kind.LOST,
            number,
            "neither a row nor in the quarantine; the ledger calls %,d such numbers dropped, but by its journal the agent gave up %,d"
                .formatted(dropped, expected.dropped()));
      }
    }
  }

  private void problem(Problem.Kind kind, long sequence, String detail) {
    findings.add(kind, expected.device(), expected.epoch(), sequence, detail);
  }
}
