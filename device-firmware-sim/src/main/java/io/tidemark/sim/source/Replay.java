package io.tidemark.sim.source;

import io.tidemark.sim.source.ReplayPlan.ReplayFile;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Series from files, each as one device with one sensor of kind {@code replay} and one metric
 * {@code value}; row {@code n} of a file (from 0) is reading {@code n}. All rows are sent, whatever
 * their order: a row that lies before the one above it is sent right after it. Holds one row and
 * one open batch per file.
 *
 * <p>A time is cut to the millisecond, and {@code number mod 1,000,000} put into the nanoseconds,
 * so rows at one time stay apart.
 *
 * <p>Owned by the thread that calls {@link #produce}.
 */
public final class Replay implements Source {
  /** What replayed sensors are. */
  static final String KIND = "replay";

  /** What they measure. */
  static final String METRIC = "value";

  private static final long NANOS_PER_MILLI = 1_000_000L;

  private static final class Player {
    final int device;
    final ReplayFile file;
    final CsvSeries series;
    long sequence;
    long firstMillis;
    long dueNanos;
    CsvSeries.@Nullable Row row;
    List<Reading> open = new ArrayList<>();
    long openedNanos;

    Player(int device, ReplayFile file, CsvSeries series) {
      this.device = device;
      this.file = file;
      this.series = series;
    }
  }

  private final ReplayPlan plan;
  private final long[] nextSequences;

  /**
   * @param nextSequences per file, how many rows have been produced already
   */
  public Replay(ReplayPlan plan, long[] nextSequences) {
    this.plan = plan;
    this.nextSequences = nextSequences.clone();
  }

  @Override
  public boolean planned() {
    return plan.speed() < Double.POSITIVE_INFINITY;
  }

  @Override
  public void produce(Sink sink, Pace pace) throws IOException, InterruptedException {
    List<Player> players = new ArrayList<>();
    try {
      PriorityQueue<Player> queue =
          new PriorityQueue<>(
              Comparator.<Player>comparingLong(p -> p.dueNanos).thenComparingInt(p -> p.device));
      for (int i = 0; i < plan.files().size(); i++) {
        ReplayFile file = plan.files().get(i);
        Player player = new Player(i, file, new CsvSeries(file.file()));
        players.add(player);
        if (begin(player)) {
          queue.add(player);
        }
      }
      play(players, queue, sink, pace);
      for (Player player : players) {
        close(player, sink);
      }
    } finally {
      for (Player player : players) {
        player.series.close();
      }
    }
  }

  private void play(List<Player> players, PriorityQueue<Player> queue, Sink sink, Pace pace)
      throws IOException, InterruptedException {
    while (!queue.isEmpty()) {
      Player player = queue.remove();
      if (!closeAged(players, player.dueNanos, sink, pace)) {
        return;
      }
      if (!pace.until(player.dueNanos)) {
        return;
      }
      if (take(player, sink)) {
        queue.add(player);
      }
    }
  }

  /**
   * Closes every batch that gets too old before {@code dueNanos}, each when it does. False when
   * stopped.
   */
  private boolean closeAged(List<Player> players, long dueNanos, Sink sink, Pace pace)
      throws IOException, InterruptedException {
    while (true) {
      Player oldest = null;
      for (Player player : players) {
        if (!player.open.isEmpty() && (oldest == null || player.openedNanos < oldest.openedNanos)) {
          oldest = player;
        }
      }
      if (oldest == null || oldest.openedNanos + plan.batchIntervalNanos() >= dueNanos) {
        return true;
      }
      if (!pace.until(oldest.openedNanos + plan.batchIntervalNanos())) {
        return false;
      }
      close(oldest, sink);
    }
  }

  /** Goes to the first row that has not been produced. */
  private boolean begin(Player player) throws IOException {
    long skip = nextSequences[player.device];
    for (long i = 0; i < skip; i++) {
      if (player.series.next() == null) {
        throw new IOException(
            "%s has only %d rows now, but %d were produced from it before"
                .formatted(player.file.file(), i, skip));
      }
    }
    player.sequence = skip;
    player.row = player.series.next();
    if (player.row == null) {
      return false;
    }
    player.firstMillis = player.row.epochMillis();
    return true;
  }

  private boolean take(Player player, Sink sink) throws IOException, InterruptedException {
    CsvSeries.Row row = player.row;
    if (row == null) {
      return false;
    }
    Map<String, Value> values = new LinkedHashMap<>();
    values.put(METRIC, Value.of(row.value()));
    long time = row.epochMillis() * NANOS_PER_MILLI + player.sequence % NANOS_PER_MILLI;
    if (player.open.isEmpty()) {
      player.openedNanos = player.dueNanos;
    }
    player.open.add(new Reading(player.file.sensor(), KIND, time, values));
    player.sequence++;
    if (player.open.size() >= plan.batchReadings()) {
      close(player, sink);
    }
    CsvSeries.Row next = player.series.next();
    player.row = next;
    if (next == null) {
      return false;
    }
    double elapsed = (next.epochMillis() - player.firstMillis) * (double) NANOS_PER_MILLI;
    player.dueNanos = Math.max(player.dueNanos, (long) (elapsed / plan.speed()));
    return true;
  }

  private static void close(Player player, Sink sink) throws IOException, InterruptedException {
    if (!player.open.isEmpty()) {
      List<Reading> batch = player.open;
      player.open = new ArrayList<>();
      sink.batch(player.device, batch);
    }
  }
}
