package io.tidemark.ingest.ledger;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds what there is no row of. */
final class Unstoreds {
  private Unstoreds() {}

  /** An epoch's, ascending: what is recorded as something else, and what is not recorded. */
  static List<Unstored> of(List<Interval> recorded, EpochRow epoch) {
    long settled = epoch.settledKept();
    List<Unstored> found = new ArrayList<>();
    for (Interval interval : recorded) {
      switch (interval.state()) {
        case STORED -> {}
        case QUARANTINED -> found.add(of(epoch, interval, Unstored.Why.QUARANTINED));
        case DROPPED -> found.add(of(epoch, interval, Unstored.Why.DROPPED));
      }
    }
    for (Range gap : Intervals.gaps(recorded, 0, epoch.sums().produced() - 1)) {
      if (gap.first() < settled) {
        long last = Math.min(gap.last(), settled - 1);
        found.add(of(epoch, gap.first(), last, Unstored.Why.MISSING));
      }
      if (gap.last() >= settled) {
        long first = Math.max(gap.first(), settled);
        found.add(of(epoch, first, gap.last(), Unstored.Why.WAITING));
      }
    }
    found.sort(Comparator.comparingLong(Unstored::first));
    return found;
  }

  private static Unstored of(EpochRow epoch, Interval interval, Unstored.Why why) {
    return new Unstored(
        epoch.key().epoch(), interval.first(), interval.last(), why, interval.reason());
  }

  private static Unstored of(EpochRow epoch, long first, long last, Unstored.Why why) {
    return new Unstored(epoch.key().epoch(), first, last, why, "");
  }
}
