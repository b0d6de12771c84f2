package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.EpochKey;
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
 * <p>Whether an instant is taken is looked up only where it can be: what is written to a series is
 * remembered ({@link Taken}), by others too, who say where ({@link #elsewhere}) and never write to
 * one series at the times that are being written here; all else is free. Devices that keep the
 * rules cost one look for each of their series after a start, even if their batches overtake each
 * other; looks of a write go together.
 *
 * <p>Thread-safe. A look waits until no other write is under way: it would not see that one's rows.
 */
final class Twins {
  /** Series of which it is remembered what is written; of others it is looked up again. */
  static final int SERIES_MAX = 100_000;

  private static final Taken NOWHERE = new Taken(Long.MIN_VALUE);

  private final InfluxConnection connection;

  /** Writes that have begun and not ended. Its monitor guards it. */
  private final int[] underWay = {0};

  /** Where anybody tried to write: what was not written after all costs only a look. */
  private final Map<SeriesKey, Taken> taken =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SeriesKey, Taken> eldest) {
          return size() > SERIES_MAX;
        }
      };

  /** Where other ingests have written, by device. */
  private final Map<String, Taken> elsewhere = new HashMap<>();

  Twins(InfluxConnection connection) {
    this.connection = connection;
  }

  /** Who is at an instant: at most one row without the tag, and any with it. */
  private static final class Instant {
    private long plain = -1;
    private final Set<Long> twins = new HashSet<>(2);

    void found(long sequence, boolean twin) {
      if (twin) {
        twins.add(sequence);
      } else {
        plain = sequence;
      }
    }

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

  /** Another ingest has written rows of a device from one time to another, both inclusive. */
  synchronized void elsewhere(String device, long fromNanos, long toNanos) {
    if (elsewhere.size() >= SERIES_MAX && !elsewhere.containsKey(device)) {
      forget();
    }
    elsewhere
        .computeIfAbsent(device, its -> new Taken(Long.MIN_VALUE))
        .addOne(new Span(fromNanos, toNanos));
  }

  /** Others may have written anything: each series is looked at anew. */
  synchronized void forget() {
    taken.clear();
    elsewhere.clear();
  }

  /**
   * The rows as they have to be written, in the same order. To be written now; {@link #end} says
   * that they are, or are not.
   */
  synchronized List<Line> begin(List<Row> rows) throws StoreUnavailableException {
    Map<SeriesKey, SeriesRows> bySeries = new HashMap<>();
    List<Run> runs = runs(rows, bySeries);
    look(bySeries);
    List<Line> lines = new ArrayList<>(rows.size());
    for (Run run : runs) {
      for (Row row : run.rows) {
        lines.add(new Line(row, run.series.isTwin(row)));
      }
    }
    synchronized (underWay) {
      underWay[0]++;
    }
    return lines;
  }

  /** Rows of one series that come one after the other, as those of a batch do. */
  private record Run(SeriesRows series, List<Row> rows) {}

  private static List<Run> runs(List<Row> rows, Map<SeriesKey, SeriesRows> bySeries) {
    List<Run> runs = new ArrayList<>();
    int begin = 0;
    int stretch = 0;
    while (begin < rows.size()) {
      SeriesKey key = SeriesKey.of(rows.get(begin));
      int end = begin + 1;
      while (end < rows.size()
          && rows.get(end).follows(rows.get(end - 1))
          && key.isOf(rows.get(end))) {
        end++;
      }
      SeriesRows series = bySeries.computeIfAbsent(key, SeriesRows::new);
      series.add(rows.subList(begin, end), stretch);
      runs.add(new Run(series, rows.subList(begin, end)));
      if (end < rows.size() && !rows.get(end).follows(rows.get(end - 1))) {
        stretch++;
      }
      begin = end;
    }
    return runs;
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
    private final List<List<Row>> runs = new ArrayList<>(1);
    private boolean ascending = true;
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;

    /** The times of each stretch of numbers: between two of them, other rows may have been. */
    private final List<Span> spans = new ArrayList<>(1);

    private int lastStretch = -1;

    /** The newest row found behind these. */
    private long newest = Long.MIN_VALUE;

    /** Instants at which something can be; null if it need not be known. */
    private @Nullable Set<Long> wanted;

    /** Who is where; null if every instant is free and has one row here. */
    private @Nullable Map<Long, Instant> instants;

    SeriesRows(SeriesKey key) {
      this.key = key;
    }

    void add(List<Row> run, int stretch) {
      runs.add(run);
      long runFirst = Long.MAX_VALUE;
      long runLast = Long.MIN_VALUE;
      for (Row row : run) {
        long time = row.reading().timeNanos();
        ascending &= time > Math.max(last, runLast);
        runFirst = Math.min(runFirst, time);
        runLast = Math.max(runLast, time);
      }
      first = Math.min(first, runFirst);
      last = Math.max(last, runLast);
      Span span = new Span(runFirst, runLast);
      if (stretch == lastStretch) {
        spans.set(spans.size() - 1, spans.get(spans.size() - 1).join(span));
      } else {
        spans.add(span);
        lastStretch = stretch;
      }
      if (!ascending && instants == null) {
        instants = new HashMap<>();
      }
    }

    void found(long time, long sequence, boolean twin) {
      newest = Math.max(newest, time);
      if (wanted == null) {
        Set<Long> times = new HashSet<>();
        runs.forEach(run -> run.forEach(row -> times.add(row.reading().timeNanos())));
        wanted = times;
      }
      if (wanted.contains(time)) {
        if (instants == null) {
          instants = new HashMap<>();
        }
        instants.computeIfAbsent(time, t -> new Instant()).found(sequence, twin);
      }
    }

    boolean isTwin(Row row) {
      return instants != null
          && instants
              .computeIfAbsent(row.reading().timeNanos(), time -> new Instant())
              .place(row.sequence());
    }
  }

  /** Finds out who is already at these rows' times. */
  private void look(Map<SeriesKey, SeriesRows> bySeries) throws StoreUnavailableException {
    List<String> looks = new ArrayList<>();
    for (SeriesRows rows : bySeries.values()) {
      Taken known = taken.get(rows.key);
      if (known == null) {
        looks.add(InfluxQl.instants(rows.key, rows.first, rows.last));
        looks.add(InfluxQl.newestBehind(rows.key, rows.last));
      } else {
        Taken others = elsewhere.getOrDefault(rows.key.epoch().device(), NOWHERE);
        if (!known.isFree(rows.spans) || !others.isFree(rows.spans)) {
          long highest = Math.max(known.highest(), others.highest());
          looks.add(InfluxQl.instants(rows.key, rows.first, Math.min(rows.last, highest)));
        }
      }
    }
    if (!looks.isEmpty()) {
      awaitOthers();
      connection.queryEach(looks, (series, values) -> found(bySeries, series, values));
    }
    for (SeriesRows rows : bySeries.values()) {
      // Of a series never seen before, nothing is known below these rows.
      taken
          .computeIfAbsent(rows.key, key -> new Taken(Math.max(rows.first - 1, rows.newest)))
          .add(rows.spans);
    }
  }

  private static void found(
      Map<SeriesKey, SeriesRows> bySeries,
      QueryAnswer.Series series,
      List<@Nullable String> values) {
    EpochKey epoch = InfluxRows.key(series.tags());
    if (epoch == null) {
      return;
    }
    String sensor = series.tags().getOrDefault(LineProtocol.SENSOR, "");
    SeriesRows rows = bySeries.get(new SeriesKey(series.name(), epoch, sensor));
    if (rows != null) {
      boolean twin = !series.tags().getOrDefault(LineProtocol.TWIN, "").isEmpty();
      rows.found(time(values), InfluxRows.number(values.get(1)), twin);
    }
  }

  private static long time(List<@Nullable String> values) {
    return Long.parseLong(String.valueOf(values.get(0)));
  }
}
