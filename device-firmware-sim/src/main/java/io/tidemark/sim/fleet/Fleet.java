package io.tidemark.sim.fleet;

import io.tidemark.sim.link.Connector;
import io.tidemark.sim.record.RecordWriter;
import io.tidemark.sim.record.StreamState;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * All simulated devices of a process.
 *
 * <p>{@link #produce} belongs to one thread (the sources'); everything else may be called from any.
 */
public final class Fleet {
  /** In the place of a time: no plan said when. */
  public static final long NOT_PLANNED = Long.MIN_VALUE;

  private final FleetSettings settings;
  private final List<StreamState> streams;
  private final RecordWriter record;
  private final FleetStats stats = new FleetStats();
  private final List<Device> devices = new ArrayList<>();
  private final Semaphore outstanding;
  private final long[] nextSequence;

  /** Makes the devices; does no I/O. */
  public Fleet(
      FleetSettings settings, List<StreamState> streams, RecordWriter record, Connector connector) {
    this.settings = settings;
    this.streams = List.copyOf(streams);
    this.record = record;
    this.nextSequence = streams.stream().mapToLong(StreamState::nextSequence).toArray();
    int kept = streams.stream().mapToInt(s -> s.kept().size()).sum();
    this.outstanding = new Semaphore(settings.outstandingMaxBatches() - kept);
    for (StreamState stream : streams) {
      stream.kept().forEach(batch -> stats.kept(batch.count()));
      devices.add(
          new Device(
              stream,
              settings,
              connector.uplink(stream.stream()),
              record,
              stats,
              outstanding::release));
    }
  }

  /** What has been done so far. */
  public FleetStats stats() {
    return stats;
  }

  /** Starts connecting, {@link FleetSettings#connectsPerSecond} at a time. */
  public void start() {
    for (int i = 0; i < devices.size(); i++) {
      devices.get(i).start(Duration.ofNanos((long) (i * 1e9 / settings.connectsPerSecond())));
    }
  }

  /**
   * Numbers readings, makes the one batch they will ever travel in, and records it; once that is on
   * the disk it will be sent. Waits while too much is outstanding.
   *
   * @param dueAtNanos when the plan wants it sent, by {@link System#nanoTime}: latency is counted
   *     from there, whatever held it up since; {@link #NOT_PLANNED} if no plan says when
   * @throws IOException if the record cannot be written
   */
  public void produce(int device, List<Reading> readings, long dueAtNanos)
      throws IOException, InterruptedException {
    awaitRoom();
    StreamState stream = streams.get(device);
    Device firmware = devices.get(device);
    long first = nextSequence[device];
    long next = first + readings.size();
    byte[] bytes =
        BatchCodec.encode(
            Batch.ofReadings(
                stream.device(),
                stream.epoch(),
                first,
                readings,
                next,
                Math.min(first, firmware.oldestKept())));
    int count = readings.size();
    nextSequence[device] = next;
    stats.produced(count);
    record.produced(
        device,
        first,
        count,
        bytes,
        offset -> firmware.stored(first, count, offset, bytes.length, dueAtNanos));
  }

  private void awaitRoom() throws InterruptedException {
    if (outstanding.tryAcquire()) {
      return;
    }
    stats.awaitsRoom(true);
    try {
      outstanding.acquire();
    } finally {
      stats.awaitsRoom(false);
    }
  }

  /**
   * Waits until everything is acknowledged and every device's last status is too, at most for
   * {@code limit}. To be called by the thread that called {@link #produce}, or after it has ended.
   *
   * @return true if that was reached
   */
  public boolean drain(Duration limit) throws InterruptedException {
    CompletableFuture<?>[] finished = new CompletableFuture<?>[devices.size()];
    for (int i = 0; i < finished.length; i++) {
      finished[i] = devices.get(i).finish(nextSequence[i]);
    }
    try {
      CompletableFuture.allOf(finished).get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a device could not finish", e.getCause());
    }
  }

  /** Disconnects every device. */
  public void close() {
    devices.forEach(Device::close);
  }
}
