package io.tidemark.sim.relay;

import java.util.concurrent.atomic.LongAdder;

/** What passes in one direction, in bytes of connections or in datagrams. Thread-safe. */
final class Flow {
  private final LongAdder received = new LongAdder();
  private final LongAdder duplicated = new LongAdder();
  private final LongAdder passed = new LongAdder();
  private final LongAdder waiting = new LongAdder();
  private final Tally<LostBy> lost = new Tally<>(LostBy.class);

  /** From now on they wait, until they are passed or lost. */
  void received(long n) {
    received.add(n);
    waiting.add(n);
  }

  void duplicated(long n) {
    duplicated.add(n);
    waiting.add(n);
  }

  void passed(long n) {
    passed.add(n);
    waiting.add(-n);
  }

  void lost(LostBy reason, long n) {
    lost.add(reason, n);
    waiting.add(-n);
  }

  RelaySums.Passage sums() {
    return new RelaySums.Passage(
        received.sum(), duplicated.sum(), passed.sum(), waiting.sum(), lost.sums());
  }
}
