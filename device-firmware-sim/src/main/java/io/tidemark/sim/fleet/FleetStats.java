package io.tidemark.sim.fleet;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * What the devices of this process have done since it started. Thread-safe; reading it disturbs
 * nobody.
 *
 * <p>While nothing is resumed: produced = acknowledged + dropped + waiting, in readings.
 */
public final class FleetStats {
  /** Latencies above this are counted as this: an hour. */
  private static final long LATENCY_MAX_MICROS = 3_600_000_000L;

  private final LongAdder connected = new LongAdder();
  private final LongAdder producedReadings = new LongAdder();
  private final LongAdder producedBatches = new LongAdder();
  private final LongAdder acknowledgedReadings = new LongAdder();
  private final LongAdder droppedReadings = new LongAdder();
  private final LongAdder inFlightBatches = new LongAdder();
  private final LongAdder outstandingReadings = new LongAdder();
  private final LongAdder resentBatches = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private final LongAdder connectionsLost = new LongAdder();
  private final ConcurrentSkipListMap<String, LongAdder> refused = new ConcurrentSkipListMap<>();
  private final Recorder latencyMicros = new Recorder(LATENCY_MAX_MICROS, 3);
  private final Histogram allLatencies = new Histogram(LATENCY_MAX_MICROS, 3);
  private @Nullable Histogram interval;
  private volatile String lastTrouble = "";

  /**
   * The sums at one moment.
   *
   * @param connected devices with a connection
   * @param produced readings made
   * @param acknowledged readings in acknowledged batches
   * @param dropped readings in acknowledged drops
   * @param waiting readings neither acknowledged nor in an acknowledged drop, those of an earlier
   *     process included
   * @param refused readings refused for good, by reason code
   * @param latencyP50Micros median time from sending to PUBACK since the last snapshot (for a
   *     total: since the start)
   * @param lastTrouble what a device complained of last, empty if none did
   */
  public record Snapshot(
      long connected,
      long produced,
      long batches,
      long acknowledged,
      long dropped,
      long waiting,
      long inFlightBatches,
      long resentBatches,
      long connections,
      long connectionsLost,
      SortedMap<String, Long> refused,
      long latencyP50Micros,
      long latencyP99Micros,
      String lastTrouble) {}

  /** The sums now; latencies since the last call of this method. */
  public synchronized Snapshot snapshot() {
    Histogram latest = collect();
    return snapshot(latest);
  }

  /** The sums now; latencies since the start. */
  public synchronized Snapshot total() {
    collect();
    return snapshot(allLatencies);
  }

  private Histogram collect() {
    Histogram latest = latencyMicros.getIntervalHistogram(interval);
    interval = latest;
    allLatencies.add(latest);
    return latest;
  }

  private Snapshot snapshot(Histogram latencies) {
    SortedMap<String, Long> byCode = new TreeMap<>();
    refused.forEach((code, count) -> byCode.put(code, count.sum()));
    return new Snapshot(
        connected.sum(),
        producedReadings.sum(),
        producedBatches.sum(),
        acknowledgedReadings.sum(),
        droppedReadings.sum(),
        outstandingReadings.sum(),
        inFlightBatches.sum(),
        resentBatches.sum(),
        connections.sum(),
        connectionsLost.sum(),
        byCode,
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99),
        lastTrouble);
  }

  void connected() {
    connected.increment();
    connections.increment();
  }

  void disconnected() {
    connected.decrement();
  }

  void connectionLost(String why) {
    connectionsLost.increment();
    lastTrouble = why;
  }

  void trouble(String what) {
    lastTrouble = what;
  }

  void kept(int readings) {
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

  void acknowledged(int readings, boolean drop, long latencyNanos) {
    (drop ? droppedReadings : acknowledgedReadings).add(readings);
    outstandingReadings.add(-readings);
    latencyMicros.recordValue(Math.min(LATENCY_MAX_MICROS, latencyNanos / 1_000));
  }

  void refused(int readings, String code) {
    refused.computeIfAbsent(code, c -> new LongAdder()).add(readings);
  }
}
