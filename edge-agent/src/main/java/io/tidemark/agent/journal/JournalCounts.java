package io.tidemark.agent.journal;

import java.util.Map;

/**
 * What the journal has done since its process started, in readings; {@code waiting} and {@code
 * bytes} are as of now.
 *
 * @param taken by {@link Recorder#record}; taken = recorded + still in memory
 * @param lost not taken, by reason: {@code memory_full}, {@code too_large}
 * @param recorded numbered and fsynced; with what was waiting at the start, recorded = acknowledged
 *     + dropped + waiting
 * @param acknowledged handed over
 * @param dropped given up and declared, by reason, those refused included
 * @param waiting in the journal, not yet acknowledged
 * @param bytes of encoded batches in the journal, those set aside included
 * @param failures transactions the disk refused
 */
public record JournalCounts(
    long taken,
    Map<String, Long> lost,
    long recorded,
    long acknowledged,
    Map<String, Long> dropped,
    long waiting,
    long bytes,
    long failures) {

  /** The sum of all reasons. */
  public static long sum(Map<String, Long> byReason) {
    return byReason.values().stream().mapToLong(Long::longValue).sum();
  }
}
