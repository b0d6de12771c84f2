package io.tidemark.sim.source;

import io.tidemark.sim.csv.CsvSeries;
import io.tidemark.sim.source.ReplayPlan.ReplayFile;
import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Series from files, each as one device, or as those that a column of it names. What a sensor said
 * in a row is a reading; a device's readings are numbered from 0 in the file's order. All rows are
 * sent, whatever the order of their times: a row that lies before the one above it is sent right
 * after it. Holds one row a file and the open batches.
 *
 * <p>A time is cut to the millisecond, and {@code number mod 1,000,000} put into the nanoseconds,
 * so readings at one time stay apart.
 *
 * <p>Owned by the thread that calls {@link #produce}.
 */
public final class Replay implements Source {
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private static final class Player {
    final int number;
    final CsvSeries series;

    /** Numbers of the devices that its device column names; empty without one. */
    final Map<String, Integer> devices = new HashMap<>();

    final int firstDevice;
    long firstMillis;
    long dueNanos;
    CsvSeries.@Nullable Row row;

    Player(int number, CsvSeries series, ReplayFile file, int firstDevice) {
      this.number = number;
      this.series = series;
      this.firstDevice = firstDevice;
      for (String named : file.summary().devices()) {
        devices.put(named, firstDevice + devices.size());
      }
    }

    int device(CsvSeries.Row of) throws IOException {
      if (of.device() == null) {
        return firstDevice;
      }
      Integer device = devices.get(of.device());
      if (device == null) {
        throw new IOException(
            "a file was changed while it was replayed: device %s was not in it before"
                .formatted(of.device()));
      }
      return device;
    }
  }

  private final ReplayPlan plan;

  /** By device: how many of its readings have been met, and how many were produced before. */
  private final long[] met;

  private final long[] producedBefore;

  /**
   * @param nextSequences by device, how many readings have been produced already
   */
  public Replay(ReplayPlan plan, long[] nextSequences) {
    this.plan = plan;
    this.producedBefore = nextSequences.clone();
    this.met = new long[nextSequences.length];
  }

  @Override
  public boolean planned() {
    return plan.speed() < Double.POSITIVE_INFINITY;
  }

  @Override
  public void produce(Sink sink, Pace pace) throws IOException, InterruptedException {
    List<Player> players = new ArrayList<>();
    OpenBatches batches = new OpenBatches(plan.batchReadings(), sink);
    try {
      PriorityQueue<Player> queue =
          new PriorityQueue<>(
              Comparator.<Player>comparingLong(p -> p.dueNanos).thenComparingInt(p -> p.number));
      int devices = 0;
      for (ReplayFile file : plan.files()) {
        CsvSeries series = new CsvSeries(file.file(), plan.options());
        Player player = new Player(players.size(), series, file, devices);
        devices += file.devices().size();
        players.add(player);
        if (begin(player)) {
          queue.add(player);
        }
      }
      boolean ended = play(queue, batches, pace);
      batches.closeAll();
      if (ended) {
        requireAllMet();
      }
    } finally {
      for (Player player : players) {
        player.series.close();
      }
    }
  }

  /** False when stopped. */
  private boolean play(PriorityQueue<Player> queue, OpenBatches batches, Pace pace)
      throws IOException, InterruptedException {
    while (!queue.isEmpty()) {
      Player player = queue.remove();
      if (!closeAged(batches, player.dueNanos, pace) || !pace.until(player.dueNanos)) {
        return false;
      }
      if (take(player, batches)) {
        queue.add(player);
      }
    }
    return true;
  }

  /**
   * Closes every batch that gets too old before {@code dueNanos}, each when it does. False when
   * stopped.
   */
  private boolean closeAged(OpenBatches batches, long dueNanos, Pace pace)
      throws IOException, InterruptedException {
    // Rather than add to what may be "never".
    while (batches.oldestNanos() < dueNanos - plan.batchIntervalNanos()) {
      if (!pace.until(batches.oldestNanos() + plan.batchIntervalNanos())) {
        return false;
      }
      batches.closeOldest();
    }
    return true;
  }

  /** Goes to the first row with a reading that has not been produced. False if there is none. */
  private boolean begin(Player player) throws IOException {
    for (player.row = player.series.next(); player.row != null; player.row = player.series.next()) {
      int device = player.device(player.row);
      int readings = player.row.samples().size();
      if (met[device] + readings > producedBefore[device]) {
        player.firstMillis = player.row.epochMillis();
        return true;
      }
      met[device] += readings;
    }
    return false;
  }

  private boolean take(Player player, OpenBatches batches)
      throws IOException, InterruptedException {
    CsvSeries.Row row = player.row;
    if (row == null) {
      return false;
    }
    int device = player.device(row);
    for (CsvSeries.Sample sample : row.samples()) {
      long sequence = met[device]++;
      if (sequence >= producedBefore[device]) {
        long time = row.epochMillis() * NANOS_PER_MILLI + sequence % NANOS_PER_MILLI;
        batches.add(
            device,
            new Reading(sample.sensor(), sample.kind(), time, sample.values()),
            player.dueNanos);
      }
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

  /** What was produced must still be there: else the record is of other files than these. */
  private void requireAllMet() throws IOException {
    List<String> devices = plan.devices();
    for (int i = 0; i < met.length; i++) {
      if (met[i] < producedBefore[i]) {
        throw new IOException(
            "the files have only %d readings of %s now, but %d were produced from them before"
                .formatted(met[i], devices.get(i), producedBefore[i]));
      }
    }
  }
}
