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
import org.jspecify.annotations.Nullable;

/**
 * Keeps readings of one sensor at one instant apart. InfluxDB's key has no sequence: the second
 * would silently replace the first. So the second gets a tag {@code twin}, which is its sequence.
 *
 * <p>Whether an instant is taken is looked up only where it can be: nobody else writes, so above
 * the highest time written to a series it is free. Devices that keep the rules send ascending
 * times, and cost one look for each of their series after a start.
 *
 * <p>Used by one thread at a time.
 */
final class Twins {
  /** Series whose highest time is remembered; of others it is looked up again. */
  static final int SERIES_MAX = 100_000;

  private final InfluxConnection connection;
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

  /** The rows as they have to be written, in the same order. */
  List<Line> assign(List<Row> rows) throws StoreUnavailableException {
    Map<SeriesKey, SeriesRows> bySeries = new LinkedHashMap<>();
    List<SeriesRows> seriesOfRows = new ArrayList<>(rows.size());
    SeriesRows current = null;
    for (Row row : rows) {
      // Rows of one batch come together: their series need not be looked up again.
      if (current == null || !current.key.isOf(row)) {
        current = bySeries.computeIfAbsent(SeriesKey.of(row), SeriesRows::new);
      }
      current.add(row.reading().timeNanos());
      seriesOfRows.add(current);
    }
    for (SeriesRows series : bySeries.values()) {
      prepare(series);
    }
    List<Line> lines = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      lines.add(new Line(rows.get(i), seriesOfRows.get(i).place(rows.get(i))));
    }
    return lines;
  }

  /** The rows of a write that are of one series. */
  private static final class SeriesRows {
    private final SeriesKey key;
    private final List<Long> times = new ArrayList<>();
    private boolean ascending = true;
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;

    /** Who is where; null if every instant is free and has one row here. */
    private @Nullable Map<Long, Instant> instants;

    SeriesRows(SeriesKey key) {
      this.key = key;
    }

    void add(long time) {
      ascending &= time > last;
      first = Math.min(first, time);
      last = Math.max(last, time);
      times.add(time);
    }

    boolean place(Row row) {
      return instants != null
          && instants
              .computeIfAbsent(row.reading().timeNanos(), time -> new Instant())
              .place(row.sequence());
    }
  }

  /** Finds out who is already at these rows' times. */
  private void prepare(SeriesRows rows) throws StoreUnavailableException {
    Long top = highest.get(rows.key);
    if (top == null || rows.first <= top) {
      Map<Long, Instant> instants = new HashMap<>();
      Set<Long> wanted = new HashSet<>(rows.times);
      look(
          rows.key,
          rows.first,
          top == null ? rows.last : Math.min(rows.last, top),
          wanted,
          instants);
      if (!instants.isEmpty()) {
        rows.instants = instants;
      }
    }
    if (rows.instants == null && !rows.ascending) {
      rows.instants = new HashMap<>();
    }
    if (top == null) {
      top = newestBehind(rows.key, rows.last);
    }
    highest.put(rows.key, Math.max(top, rows.last));
  }

  private void look(
      SeriesKey series, long first, long last, Set<Long> wanted, Map<Long, Instant> instants)
      throws StoreUnavailableException {
    connection.query(
        InfluxQl.instants(series, first, last),
        body -> {
          QueryAnswer.read(
              body.byteStream(),
              (answer, values) -> {
                long time = time(values);
                if (wanted.contains(time)) {
                  Instant at = instants.computeIfAbsent(time, t -> new Instant());
                  String twin = answer.tags().getOrDefault(LineProtocol.TWIN, "");
                  long sequence = InfluxRows.number(values.get(1));
                  if (twin.isEmpty()) {
                    at.plain = sequence;
                  } else {
                    at.twins.add(sequence);
                  }
                }
              });
          return true;
        });
  }

  private long newestBehind(SeriesKey series, long time) throws StoreUnavailableException {
    long[] newest = {Long.MIN_VALUE};
    connection.query(
        InfluxQl.newestBehind(series, time),
        body -> {
          QueryAnswer.read(body.byteStream(), (answer, values) -> newest[0] = time(values));
          return true;
        });
    return newest[0];
  }

  private static long time(List<@Nullable String> values) {
    return Long.parseLong(String.valueOf(values.get(0)));
  }

  /** It is not known what of these rows is written: look again the next time. */
  void forget(List<Row> rows) {
    rows.forEach(row -> highest.remove(SeriesKey.of(row)));
  }
}
