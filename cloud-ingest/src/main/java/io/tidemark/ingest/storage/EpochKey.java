package io.tidemark.ingest.storage;

import java.util.Comparator;

/**
 * A device's numbering: within it, a sequence names one reading.
 *
 * @param device who took the readings
 * @param epoch the numbering, 1 to 2^53 - 1
 */
public record EpochKey(String device, long epoch) implements Comparable<EpochKey> {
  private static final Comparator<EpochKey> ORDER =
      Comparator.comparing(EpochKey::device).thenComparingLong(EpochKey::epoch);

  @Override
  public int compareTo(EpochKey other) {
    return ORDER.compare(this, other);
  }
}
