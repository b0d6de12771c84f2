package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.wire.Delivery;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Hands in wills that are due, without any promise, and counts what became of each. Thread-safe.
 */
final class Wills {
  private final Intake intake;
  private final Map<WillOutcome, LongAdder> counts = new EnumMap<>(WillOutcome.class);

  Wills(Intake intake) {
    this.intake = intake;
    for (WillOutcome outcome : WillOutcome.values()) {
      counts.put(outcome, new LongAdder());
    }
  }

  /** Its time has come. */
  void due(Will will) {
    if (will.device() == null) {
      adder(WillOutcome.NAMELESS).increment();
      return;
    }
    intake.offerWill(
        Delivery.ofWill(will.device(), will.topic(), will.payload()),
        outcome ->
            adder(outcome instanceof Outcome.Committed ? WillOutcome.COMMITTED : WillOutcome.LOST)
                .increment());
  }

  /** The device came back before its time. */
  void recalled() {
    adder(WillOutcome.RECALLED).increment();
  }

  long count(WillOutcome outcome) {
    return adder(outcome).sum();
  }

  private LongAdder adder(WillOutcome outcome) {
    LongAdder adder = counts.get(outcome);
    if (adder == null) {
      throw new IllegalStateException("no counter for " + outcome);
    }
    return adder;
  }
}
