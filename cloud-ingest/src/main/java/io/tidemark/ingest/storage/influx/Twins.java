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
    Map<SeriesKey, List<Row>> bySeries = new LinkedHashMap<>();
    for (Row row : rows) {
      bySeries.computeIfAbsent(SeriesKey.of(row), key -> new ArrayList<>()).add(row);
    }
    Map<SeriesKey, Map<Long, Instant>> instants = new HashMap<>();
    for (Map.Entry<SeriesKey, List<Row>> series : bySeries.entrySet()) {
      instants.put(series.getKey(), known(series.getKey(), series.getValue()));
    }
    List<Line> lines = new ArrayList<>(rows.size());
    for (Row row : rows) {
      Map<Long, Instant> times = instants.getOrDefault(SeriesKey.of(row), new HashMap<>());
      Instant at = times.computeIfAbsent(row.reading().timeNanos(), time -> new Instant());
      lines.add(new Line(row, at.place(row.sequence())));
    }
    return lines;
  }

  /** Who is already at these rows' times. */
  private Map<Long, Instant> known(SeriesKey series, List<Row> rows)
      throws StoreUnavailableException {
    Long top = highest.get(series);
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    Set<Long> wanted = new HashSet<>();
    for (Row row : rows) {
      long time = row.reading().timeNanos();
      last = Math.max(last, time);
      if (top == null || time <= top) {
        first = Math.min(first, time);
        wanted.add(time);
      }
    }
    Map<Long, Instant> instants = new HashMap<>();
    if (!wanted.isEmpty()) {
      look(series, first, top == null ? last : Math.min(last, top), wanted, instants);
    }
    if (top == null) {
      top = newestBehind(series, last);
    }
    highest.put(series, Math.max(top, last));
    return instants;
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
