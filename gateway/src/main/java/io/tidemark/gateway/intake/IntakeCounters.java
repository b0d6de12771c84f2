package io.tidemark.gateway.intake;

import io.tidemark.gateway.replication.Counts;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Readings, so that at every moment {@code received = committed + passed + refused + pending},
 * where received and committed include what this gateway's devices did not send just now.
 *
 * <p>Readings are counted as the batch's header says. A payload that cannot be read counts as one;
 * a status or a declared drop as none.
 */
final class IntakeCounters {
  private final LongAdder received = new LongAdder();
  private final Map<Reason, LongAdder> refused = new EnumMap<>(Reason.class);

  IntakeCounters() {
    for (Reason reason : Reason.values()) {
      refused.put(reason, new LongAdder());
    }
  }

  void received(long readings) {
    received.add(readings);
  }

  void refused(Reason reason, long readings) {
    adder(reason).add(readings);
  }

  long received() {
    return received.sum();
  }

  long refused(Reason reason) {
    return adder(reason).sum();
  }

  long refused() {
    return refused.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** Readings taken, and neither committed, here or by another leader, nor refused. */
  long pending(Counts log) {
    long settled = log.committed() - log.others() + log.passed() + refused();
    return Math.max(0, received() - settled);
  }

  private LongAdder adder(Reason reason) {
    LongAdder adder = refused.get(reason);
    if (adder == null) {
      throw new IllegalStateException("no counter for " + reason);
    }
    return adder;
  }
}
