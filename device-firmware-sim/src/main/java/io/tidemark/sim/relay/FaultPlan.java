package io.tidemark.sim.relay;

import io.tidemark.sim.times.Recurrence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong and when: a function of the patterns and the seed, and of nothing else. Times are
 * counted from the beginning of the plan, whoever's clock that is. Immutable.
 *
 * @param seed decides what the patterns leave to chance
 */
public record FaultPlan(List<FaultPattern> patterns, long seed) {
  /** Most patterns of a run. */
  public static final int PATTERNS_MAX = 100;

  /** Nothing goes wrong. */
  public static final FaultPlan NONE = new FaultPlan(List.of(), 0);

  /** Copies the list. */
  public FaultPlan {
    patterns = List.copyOf(patterns);
  }

  /** These faults, each at its time. */
  public static FaultPlan of(List<Fault> faults) {
    return new FaultPlan(
        faults.stream()
            .map(f -> FaultPattern.once(f.effect(), f.from(), f.until().minus(f.from())))
            .toList(),
        0);
  }

  /** The faults in force at a moment, in the order of their patterns. */
  public List<Fault> at(Duration moment) {
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      Fault fault = time(i, patterns.get(i).times().indexAt(moment));
      if (fault != null
          && fault.from().compareTo(moment) <= 0
          && fault.until().compareTo(moment) > 0) {
        faults.add(fault);
      }
    }
    return faults;
  }

  /** The faults in force at any time from {@code from} to before {@code to}, as they begin. */
  public List<Fault> between(Duration from, Duration to) {
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      long index = patterns.get(i).times().indexAt(from);
      Fault fault = time(i, index);
      while (fault != null && fault.from().compareTo(to) < 0) {
        if (fault.until().compareTo(from) > 0) {
          faults.add(fault);
        }
        fault = time(i, ++index);
      }
    }
    faults.sort(Comparator.comparing(Fault::from));
    return faults;
  }

  /** The first moment after this one at which a fault begins or ends; null if there is none. */
  public @Nullable Duration nextChange(Duration moment) {
    Duration next = null;
    for (int i = 0; i < patterns.size(); i++) {
      long index = patterns.get(i).times().indexAt(moment);
      // The end of what is in force, or the beginning of what is to come in this period or the
      // next.
      for (Fault fault = time(i, index); fault != null; fault = time(i, ++index)) {
        Duration change = fault.from().compareTo(moment) > 0 ? fault.from() : fault.until();
        if (change.compareTo(moment) > 0) {
          if (change.compareTo(Recurrence.FOREVER) < 0
              && (next == null || change.compareTo(next) < 0)) {
            next = change;
          }
          break;
        }
      }
    }
    return next;
  }

  private @Nullable Fault time(int pattern, long index) {
    return patterns.get(pattern).time(index, seed ^ ((pattern + 1) * 0x632BE59BD9B4E019L));
  }
}
