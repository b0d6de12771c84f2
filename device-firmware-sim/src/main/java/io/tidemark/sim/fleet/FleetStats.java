package io.tidemark.sim.fleet;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * What the devices of this process have done since it started. Thread-safe; reading it disturbs
 * nobody.
 *
 * <p>Always: taken up + produced = acknowledged + dropped + undeclared + waiting, in readings.
 */
public final class FleetStats {
  /** Latencies above this are counted as this: an hour. */
  private static final long LATENCY_MAX_MICROS = 3_600_000_000L;

  private final LongAdder connected = new LongAdder();
  private final LongAdder producedReadings = new LongAdder();
  private final LongAdder producedBatches = new LongAdder();
  private final LongAdder acknowledgedReadings = new LongAdder();
  private final LongAdder droppedReadings = new LongAdder();
  private final LongAdder undeclaredReadings = new LongAdder();
  private final LongAdder inFlightBatches = new LongAdder();
  private final LongAdder outstandingReadings = new LongAdder();
  private final LongAdder resentBatches = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private final LongAdder connectionsLost = new LongAdder();
  private final LongAdder connectionsFailed = new LongAdder();
  private final ConcurrentSkipListMap<String, LongAdder> refused = new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListMap<String, LongAdder> deviceFaults =
      new ConcurrentSkipListMap<>();
  private final LongAdder takenUpReadings = new LongAdder();
  private final Times response = new Times();
  private final Times latency = new Times();
  private final Troubles troubles = new Troubles();
  private volatile boolean awaitsRoom;

  /** How long something took, since the last look and since the start, in microseconds. */
  private static final class Times {
    private final Recorder recorder = new Recorder(LATENCY_MAX_MICROS, 3);
    private final Histogram all = new Histogram(LATENCY_MAX_MICROS, 3);

    void add(long nanos) {
      recorder.recordValue(Math.min(LATENCY_MAX_MICROS, Math.max(0, nanos / 1_000)));
    }

    Histogram latest() {
      Histogram latest = recorder.getIntervalHistogram();
      all.add(latest);
      return latest;
    }

    Histogram all() {
      latest();
      return all.copy();
    }
  }

  /**
   * The sums at one moment.
   *
   * @param connected devices with a connection
   * @param takenUp readings an earlier process left unacknowledged in the record
   * @param produced readings made
   * @param acknowledged readings in acknowledged batches
   * @param dropped readings in acknowledged drops
   * @param undeclared readings refused for good, by devices that cannot declare that
   * @param waiting readings that are none of these, those of an earlier process included
   * @param awaitsRoom true while the source may not produce because too much is outstanding
   * @param connections that stood at some time
   * @param connectionsLost those of them that ended without being closed here
   * @param connectionsFailed attempts that came to nothing
   * @param refused readings refused for good, by reason code
   * @param deviceFaults how often devices were struck, by what the faults are counted as
   * @param response microseconds from the (last) sending of a batch to its acknowledgement, since
   *     the last snapshot (for a total: since the start); the reader's own copy
   * @param latency the same from when the plan wanted it sent; only of batches that a plan of this
   *     process did
   */
  public record Snapshot(
      long connected,
      long takenUp,
      long produced,
      long batches,
      long acknowledged,
      long dropped,
      long undeclared,
      long waiting,
      long inFlightBatches,
      boolean awaitsRoom,
      long resentBatches,
      long connections,
      long connectionsLost,
      long connectionsFailed,
      SortedMap<String, Long> refused,
      SortedMap<String, Long> deviceFaults,
      Histogram response,
      Histogram latency) {}

  /** The sums now; times since the last call of this method. */
  public synchronized Snapshot snapshot() {
    return snapshot(response.latest(), latency.latest());
  }

  /** The sums now; times since the start. Ends what the next {@link #snapshot} would be about. */
  public synchronized Snapshot total() {
    return snapshot(response.all(), latency.all());
  }

  /** What devices have complained of. */
  public Troubles troubles() {
    return troubles;
  }

  private Snapshot snapshot(Histogram responses, Histogram latencies) {
    return new Snapshot(
        connected.sum(),
        takenUpReadings.sum(),
        producedReadings.sum(),
        producedBatches.sum(),
        acknowledgedReadings.sum(),
        droppedReadings.sum(),
        undeclaredReadings.sum(),
        outstandingReadings.sum(),
        inFlightBatches.sum(),
        awaitsRoom,
        resentBatches.sum(),
        connections.sum(),
        connectionsLost.sum(),
        connectionsFailed.sum(),
        sums(refused),
        sums(deviceFaults),
        responses,
        latencies);
  }

  private static SortedMap<String, Long> sums(ConcurrentSkipListMap<String, LongAdder> counts) {
    SortedMap<String, Long> sums = new TreeMap<>();
    counts.forEach((name, count) -> sums.put(name, count.sum()));
    return sums;
  }

  /** A fault of a device's own has struck one; it is counted as {@code fault}. */
  public void struck(String fault) {
    deviceFaults.computeIfAbsent(fault, f -> new LongAdder()).increment();
  }

  void connected() {
    connected.increment();
    connections.increment();
  }

  void disconnected() {
    connected.decrement();
  }

  void connectionLost(String device, String why) {
    connectionsLost.increment();
    trouble(device, why);
  }

  /** There was none to lose: an attempt to connect came to nothing. */
  void connectionFailed(String device, String why) {
    connectionsFailed.increment();
    trouble(device, why);
  }

  void trouble(String device, String what) {
    troubles.add(System.nanoTime(), device, what);
  }

  void awaitsRoom(boolean now) {
    awaitsRoom = now;
  }

  void kept(int readings) {
    takenUpReadings.add(readings);
    outstandingReadings.add(readings);
  }

  void produced(int readings) {
    producedReadings.add(readings);
    producedBatches.increment();
    outstandingReadings.add(readings);
  }

  void sent(boolean again) {
    inFlightBatches.increment();
    if (again) {
      resentBatches.increment();
    }
  }

  void unsent(int batches) {
    inFlightBatches.add(-batches);
  }

  void acknowledged(int readings, boolean drop, long responseNanos) {
    (drop ? droppedReadings : acknowledgedReadings).add(readings);
    outstandingReadings.add(-readings);
    response.add(responseNanos);
  }

  /** Given up without a word to anybody. */
  void undeclared(int readings) {
    undeclaredReadings.add(readings);
    outstandingReadings.add(-readings);
  }

  void plannedAcknowledged(long latencyNanos) {
    latency.add(latencyNanos);
  }

  void refused(int readings, String code) {
    refused.computeIfAbsent(code, c -> new LongAdder()).add(readings);
  }
}
