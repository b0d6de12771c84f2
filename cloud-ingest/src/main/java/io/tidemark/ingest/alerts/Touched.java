package io.tidemark.ingest.alerts;

import io.tidemark.ingest.storage.Row;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Of which devices readings have been stored since the last round, and their times. Told by the
 * writing thread, taken by the one that judges; bounded by the number of devices.
 */
final class Touched {
  /**
   * Times of new readings, in nanoseconds since 1970 UTC, both inclusive.
   *
   * @param from lowest
   * @param to highest
   */
  record Times(long from, long to) {
    Times join(Times other) {
      return new Times(Math.min(from, other.from), Math.max(to, other.to));
    }

    /** Those up to a time, inclusive; null if there are none. */
    @Nullable Times upTo(long time) {
      return from > time ? null : new Times(from, Math.min(to, time));
    }

    /** Those after a time; null if there are none. */
    @Nullable Times after(long time) {
      return to <= time ? null : new Times(Math.max(from, time + 1), to);
    }
  }

  private Map<String, Times> times = new HashMap<>();

  /** Rows are stored. */
  synchronized void rows(List<Row> rows) {
    for (Row row : rows) {
      long time = row.reading().timeNanos();
      times.merge(row.key().device(), new Times(time, time), Times::join);
    }
  }

  /** All since it was last taken. */
  synchronized Map<String, Times> take() {
    Map<String, Times> taken = times;
    times = new HashMap<>();
    return taken;
  }

  /** What was taken could not be used. */
  synchronized void giveBack(Map<String, Times> taken) {
    taken.forEach((device, span) -> times.merge(device, span, Times::join));
  }
}
