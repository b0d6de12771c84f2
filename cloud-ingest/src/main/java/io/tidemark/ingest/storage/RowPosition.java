package io.tidemark.ingest.storage;

import java.util.Comparator;

/**
 * A place in the order in which a device's rows are read: by time, then sensor, epoch, sequence and
 * kind (names by their characters, which are ASCII).
 *
 * @param timeNanos nanoseconds since 1970 UTC
 */
public record RowPosition(long timeNanos, String sensor, long epoch, long sequence, String kind)
    implements Comparable<RowPosition> {
  private static final Comparator<RowPosition> ORDER =
      Comparator.comparingLong(RowPosition::timeNanos)
          .thenComparing(RowPosition::sensor)
          .thenComparingLong(RowPosition::epoch)
          .thenComparingLong(RowPosition::sequence)
          .thenComparing(RowPosition::kind);

  @Override
  public int compareTo(RowPosition other) {
    return ORDER.compare(this, other);
  }
}
