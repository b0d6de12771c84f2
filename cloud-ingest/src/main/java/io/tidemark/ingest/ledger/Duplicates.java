package io.tidemark.ingest.ledger;

import io.tidemark.ingest.storage.EpochKey;
import java.util.Map;

/**
 * What a count of surplus rows found.
 *
 * @param byEpoch surplus rows, where there are any
 * @param checkedAtNanos when the count began, nanoseconds since 1970 UTC; 0 if none has ended yet
 */
public record Duplicates(Map<EpochKey, Long> byEpoch, long checkedAtNanos) {
  /** Nothing is known of them: the first count since the start is under way, or failed. */
  public static final Duplicates NOT_COUNTED = new Duplicates(Map.of(), 0);

  /** Copies the map. */
  public Duplicates {
    byEpoch = Map.copyOf(byEpoch);
  }

  /** Of all epochs. */
  public long total() {
    return byEpoch.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Of one device. */
  public long of(String device) {
    return byEpoch.entrySet().stream()
        .filter(entry -> entry.getKey().device().equals(device))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Of one epoch. */
  public long of(EpochKey key) {
    return byEpoch.getOrDefault(key, 0L);
  }
}
