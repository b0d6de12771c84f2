package io.tidemark.agent.journal;

import java.util.Map;
import java.util.TreeMap;

/** The journal's counters. Safe for several threads. */
final class Tally {
  private final Map<String, Long> lost = new TreeMap<>();
  private final Map<String, Long> dropped = new TreeMap<>();
  private long taken;
  private long recorded;
  private long acknowledged;
  private long waiting;
  private long bytes;
  private long failures;

  synchronized void taken() {
    taken++;
  }

  synchronized void lost(String reason) {
    lost.merge(reason, 1L, Long::sum);
  }

  synchronized void recorded(long count) {
    recorded += count;
  }

  synchronized void failure() {
    failures++;
  }

  synchronized void reset(long nowBytes, long nowWaiting) {
    bytes = nowBytes;
    waiting = nowWaiting;
  }

  synchronized void add(Transaction committed) {
    recorded += committed.recorded;
    acknowledged += committed.acknowledged;
    committed.dropped.forEach((reason, count) -> dropped.merge(reason, count, Long::sum));
    bytes = committed.bytes;
    waiting = committed.waiting;
  }

  synchronized JournalCounts counts() {
    return new JournalCounts(
        taken,
        Map.copyOf(lost),
        recorded,
        acknowledged,
        Map.copyOf(dropped),
        waiting,
        bytes,
        failures);
  }
}
