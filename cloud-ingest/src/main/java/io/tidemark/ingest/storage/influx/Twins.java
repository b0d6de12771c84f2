package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps readings of one sensor at one instant apart. InfluxDB's key has no sequence: the second
 * would silently replace the first. So the second gets a tag {@code twin}, which is its sequence.
 *
 * <p>Whether an instant is taken is looked up only where it can be: nobody else writes, so above
 * the highest time written to a series it is free. Devices that keep the rules send ascending
 * times, and cost one look for each of their series after a start.
 *
 * <p>Thread-safe. A look waits until no other write is under way: it would not see that one's rows.
 */
final class Twins {
  /** Series whose highest time is remembered; of others it is looked up again. */
  static final int SERIES_MAX = 100_000;

  private final InfluxConnection connection;

  /** Writes that have begun and not ended. Its monitor guards it. */
  private final int[] underWay = {0};

  /** The highest time anybody tried to write: what was not written after all costs only a look. */
  private final Map<SeriesKey, Long> highest =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SeriesKey, Long> eldest) {
          return size() > SERIES_MAX;
        }
      };

  Twins(InfluxConnection connection) {
    this.connection = connection;
  }

  /** Who is at an instant: at most one row without the tag, and any with it. */
  private static final class Instant {
    private long plain = -1;
    private final Set<Long> twins = new HashSet<>(2);

    /** Whether the row of this sequence has the tag. */
    boolean place(long sequence) {
      if (twins.contains(sequence)) {
        return true;
      }
      if (plain < 0 || plain == sequence) {
        plain = sequence;
        return false;
      }
      twins.add(sequence);
      return true;
    }
  }

  /**
   * The rows as they have to be written, in the same order. To be written now; {@link #end} says
   * that they are, or are not.
   */
  synchronized List<Line> begin(List<Row> rows) throws StoreUnavailableException {
    Map<SeriesKey, SeriesRows> bySeries = new LinkedHashMap<>();
    List<SeriesRows> seriesOfRows = new ArrayList<>(rows.size());
    SeriesRows current = null;
    for (Row row : rows) {
      // Rows of one batch come together: their series need not be looked up again.
      if (current == null || !current.key.isOf(row)) {
        current = bySeries.computeIfAbsent(SeriesKey.of(row), SeriesRows::new);
      }
      current.add(row);
      seriesOfRows.add(current);
    }
    for (SeriesRows series : bySeries.values()) {
      prepare(series);
    }
    List<Line> lines = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      lines.add(new Line(rows.get(i), seriesOfRows.get(i).isTwin(rows.get(i))));
    }
    synchronized (underWay) {
      underWay[0]++;
    }
    return lines;
  }

  /** A write that began has ended. */
  void end() {
    synchronized (underWay) {
      underWay[0]--;
      underWay.notifyAll();
    }
  }

  private void awaitOthers() throws StoreUnavailableException {
    synchronized (underWay) {
      try {
        while (underWay[0] > 0) {
          underWay.wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreUnavailableException("interrupted while another write ends", e);
      }
    }
  }

  /** The rows of a write that are of one series. */
  private static final class SeriesRows {
    private final SeriesKey key;
    private final List<Row> rows = new ArrayList<>();
    private boolean ascending = true;
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;

    /** Who is where; null if every instant is free and has one row here. */
    private @Nullable Map<Long, Instant> instants;

    SeriesRows(SeriesKey key) {
      this.key = key;
    }

    void add(Row row) {
      long time = row.reading().timeNanos();
      ascending &= time > last;
      first = Math.min(first, time);
      last = Math.max(last, time);
      rows.add(row);
    }

    Set<Long> times() {
      return rows.stream().map(row -> row.reading().timeNanos()).collect(Collectors.toSet());
    }

    boolean isTwin(Row row) {
      return instants != null
          && instants
              .computeIfAbsent(row.reading().timeNanos(), time -> new Instant())
              .place(row.sequence());
    }
  }

  /** Finds out who is already at these rows' times. */
  private void prepare(SeriesRows rows) throws StoreUnavailableException {
    Long top = highest.get(rows.key);
    Map<Long, Instant> instants = new HashMap<>();
    if (top == null) {
      look(rows, rows.last, instants);
      top = newestBehind(rows.key, rows.last);
    } else if (rows.first <= top) {
      look(rows, Math.min(rows.last, top), instants);
    }
    if (!instants.isEmpty() || !rows.ascending) {
      rows.instants = instants;
    }
    highest.put(rows.key, Math.max(top, rows.last));
  }

  private void look(SeriesRows rows, long last, Map<Long, Instant> instants)
      throws StoreUnavailableException {
    awaitOthers();
    Set<Long> wanted = rows.times();
    connection.query(
        InfluxQl.instants(rows.key, rows.first, last),
        (series, values) -> {
          long time = time(values);
          if (wanted.contains(time)) {
            Instant at = instants.computeIfAbsent(time, t -> new Instant());
            String twin = series.tags().getOrDefault(LineProtocol.TWIN, "");
            long sequence = InfluxRows.number(values.get(1));
            if (twin.isEmpty()) {
              at.plain = sequence;
            } else {
              at.twins.add(sequence);
            }
          }
        });
  }

  private long newestBehind(SeriesKey series, long time) throws StoreUnavailableException {
    long[] newest = {Long.MIN_VALUE};
    connection.query(
        InfluxQl.newestBehind(series, time), (answer, values) -> newest[0] = time(values));
    return newest[0];
  }

  private static long time(List<@Nullable String> values) {
    return Long.parseLong(String.valueOf(values.get(0)));
  }
}
