package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.wire.Delivery;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Hands in wills that are due, without any promise, and counts what became of each. What was left
 * by one that would not be let in any more is not said: it would be stored as if the device had
 * sent it after it was shut out, or as if whoever has a name now had gone. Thread-safe.
 */
final class Wills {
  private final Intake intake;
  private final Predicate<Device> mayStay;
  private final Map<WillOutcome, LongAdder> counts = new EnumMap<>(WillOutcome.class);

  /**
   * @param mayStay whether who has proved that it is this device would still be let in; asked when
   *     its will is due, by any thread
   */
  Wills(Intake intake, Predicate<Device> mayStay) {
    this.intake = intake;
    this.mayStay = mayStay;
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
    if (will.from() != null && !mayStay.test(will.from())) {
      adder(WillOutcome.REFUSED).increment();
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
