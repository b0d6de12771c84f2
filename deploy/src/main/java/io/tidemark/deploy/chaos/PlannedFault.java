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
 * @param outage how long it lasts, until it is undone
 */
record PlannedFault(
    int number, Duration at, FaultKind kind, List<String> targets, Duration outage) {
  /** Copies the list. */
  PlannedFault {
    targets = List.copyOf(targets);
  }

  boolean strikesGateways() {
    return kind != FaultKind.KILL_INGEST;
  }
}
