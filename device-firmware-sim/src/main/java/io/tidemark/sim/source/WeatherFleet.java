package io.tidemark.sim.source;

import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Simulated weather stations, each reading taken when its time has come.
 *
 * <p>Readings are made in the order of their times (devices in order where times are equal), which
 * depends on the plan and on nothing else: that is the order of the trace. A fleet that goes on
 * from a record goes on in its own time too: the first reading that is missing follows the last one
 * recorded, however long the process was away.
 *
 * <p>Owned by the thread that calls {@link #produce}.
 */
public final class WeatherFleet implements Source {
  private static final class Station {
    final int device;
    final WeatherStation weather;
    long sequence;
    long dueNanos;
    List<Reading> open = new ArrayList<>();

    Station(int device, WeatherStation weather, long sequence) {
      this.device = device;
      this.weather = weather;
      this.sequence = sequence;
    }
  }

  /** A batch that has to be closed at some time if it is not full before. */
  private record Deadline(Station station, List<Reading> batch, long atNanos) {}

  private final WeatherPlan plan;
  private final @Nullable Trace trace;
  private final PriorityQueue<Station> stations =
      new PriorityQueue<>(
          Comparator.<Station>comparingLong(s -> s.dueNanos).thenComparingInt(s -> s.device));
  private final ArrayDeque<Deadline> deadlines = new ArrayDeque<>();
  private final long beginNanos;

  /**
   * @param nextSequences per device, the first number to produce: 0 for a new one
   * @param trace where to write what is produced; closed by the caller
   */
  public WeatherFleet(WeatherPlan plan, long[] nextSequences, @Nullable Trace trace) {
    this.plan = plan;
    this.trace = trace;
    boolean fresh = true;
    for (int i = 0; i < plan.devices(); i++) {
      Station station = new Station(i, new WeatherStation(plan.seed(), i), nextSequences[i]);
      station.dueNanos = plan.timeNanos(i, station.sequence);
      fresh &= station.sequence == 0;
      stations.add(station);
    }
    this.beginNanos =
        fresh
            ? plan.startNanos()
            : stations.stream().mapToLong(s -> s.dueNanos).min().orElse(plan.startNanos());
  }

  /** The reading a device of the plan takes under a number, made again without those before. */
  public static Reading reading(WeatherPlan plan, int device, long sequence) {
    return new WeatherStation(plan.seed(), device).at(plan.timeNanos(device, sequence));
  }

  @Override
  public void produce(Sink sink, Pace pace) throws IOException, InterruptedException {
    long endNanos = plan.length() == null ? Long.MAX_VALUE : beginNanos + plan.length().toNanos();
    while (true) {
      Station next = stations.element();
      if (next.dueNanos >= endNanos) {
        break;
      }
      Deadline deadline = deadlines.peekFirst();
      long at = deadline == null ? next.dueNanos : Math.min(deadline.atNanos(), next.dueNanos);
      if (!pace.until(at - beginNanos)) {
        break;
      }
      if (deadline != null && deadline.atNanos() <= next.dueNanos) {
        deadlines.removeFirst();
        if (deadline.station().open == deadline.batch()) {
          close(deadline.station(), sink);
        }
      } else {
        take(stations.remove(), sink);
      }
    }
    for (Station station :
        stations.stream().sorted(Comparator.comparingInt(s -> s.device)).toList()) {
      close(station, sink);
    }
  }

  private void take(Station station, Sink sink) throws IOException, InterruptedException {
    Reading reading = station.weather.at(station.dueNanos);
    if (trace != null) {
      trace.reading(station.device, station.sequence, reading);
    }
    station.open.add(reading);
    station.sequence++;
    if (station.open.size() == 1) {
      deadlines.addLast(
          new Deadline(station, station.open, station.dueNanos + plan.batchInterval().toNanos()));
    }
    if (station.open.size() >= plan.batchReadings()) {
      close(station, sink);
    }
    station.dueNanos = plan.timeNanos(station.device, station.sequence);
    stations.add(station);
  }

  private static void close(Station station, Sink sink) throws IOException, InterruptedException {
    if (!station.open.isEmpty()) {
      List<Reading> batch = station.open;
      station.open = new ArrayList<>();
      sink.batch(station.device, batch);
    }
  }
}
