package io.tidemark.ingest.storage;

import io.tidemark.wire.Reading;

/**
 * A reading as the store keeps it. Its key is (time, device, sensor, epoch, sequence): writing a
 * row again under the same key replaces it.
 *
 * @param key whose it is
 * @param sequence its number within the epoch
 * @param reading what was read
 */
public record Row(EpochKey key, long sequence, Reading reading) {
  /** True if this is the number after that row's. */
  public boolean follows(Row before) {
    return sequence == before.sequence + 1 && key.equals(before.key);
  }

  /** Where this row stands in the order of {@link TimeSeriesStore#read}. */
  public RowPosition position() {
    return new RowPosition(
        reading.timeNanos(), reading.sensor(), key.epoch(), sequence, reading.kind());
  }
}
