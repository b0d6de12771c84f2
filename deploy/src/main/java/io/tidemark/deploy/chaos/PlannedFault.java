package io.tidemark.deploy.chaos;

import java.time.Duration;
import java.util.List;

/**
 * A fault that is to come.
 *
 * @param number 1 for the first of the plan
 * @param at when it strikes, from the start of the run; later if what it must wait for is
 * @param kind what is done
 * @param targets to whom
 * @param outage how long it lasts, until it is undone for good
 * @param turns when within that, from when it strikes, it is undone and done again in turn; an even
 *     number of times, none for a fault that stays
 */
record PlannedFault(
    int number,
    Duration at,
    FaultKind kind,
    List<String> targets,
    Duration outage,
    List<Duration> turns) {
  /** Copies the lists. */
  PlannedFault {
    targets = List.copyOf(targets);
    turns = List.copyOf(turns);
  }

  /** One that stays. */
  PlannedFault(int number, Duration at, FaultKind kind, List<String> targets, Duration outage) {
    this(number, at, kind, targets, outage, List.of());
  }

  boolean strikesGateways() {
    return kind != FaultKind.KILL_INGEST;
  }
}
