package io.tidemark.ingest.replicas;

import io.tidemark.ingest.storage.Row;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction of one ingest has changed.
 *
 * @param id its place among all changes of all ingests, one after the other
 * @param owner whose it is
 * @param firstEvent the number of its first reading among all readings of all changes
 * @param events readings that became rows
 * @param devices about which something changed, and how
 * @param readings the last of the readings; null if nobody listened then
 */
record Change(
    long id,
    String owner,
    long firstEvent,
    long events,
    Map<String, OfDevice> devices,
    @Nullable List<Row> readings) {

  /**
   * What became of a device.
   *
   * @param readings that became rows
   * @param from their earliest time, in nanoseconds since 1970 UTC; above {@code to} if there are
   *     none
   * @param to their latest
   */
  record OfDevice(long readings, long from, long to) {
    static final OfDevice NO_ROWS = new OfDevice(0, 1, 0);

    OfDevice join(OfDevice other) {
      if (readings == 0 || other.readings == 0) {
        return readings == 0 ? other : this;
      }
      return new OfDevice(
          readings + other.readings, Math.min(from, other.from), Math.max(to, other.to));
    }
  }

  /** The number behind its last reading's. */
  long endEvent() {
    return firstEvent + events;
  }
}
