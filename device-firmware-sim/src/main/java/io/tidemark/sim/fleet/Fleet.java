package io.tidemark.sim.fleet;

import io.tidemark.sim.link.Connector;
import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.record.DeviceState;
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
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * All simulated devices of a process.
 *
 * <p>{@link #produce} belongs to one thread (the sources'); everything else may be called from any.
 */
public final class Fleet {
  /** In the place of a time: no plan said when. */
  public static final long NOT_PLANNED = Long.MIN_VALUE;

  private final FleetSettings settings;
  private final RecordWriter record;
  private final FleetStats stats = new FleetStats();
  private final List<Device> devices = new ArrayList<>();
  private final Semaphore outstanding;
  private final List<String> names;
  private final LongSupplier epochNumbers;

  /** By device: the epoch that goes on, and the first number it has not given. */
  private final List<Epoch> epochs = new ArrayList<>();

  private final long[] nextSequence;
  private int streams;

  /** How the batch that is produced next is sent. */
  private boolean twice;

  private boolean heldBack;

  private volatile IntConsumer settled = device -> {};
  private volatile AckListener acks = (device, gateway, epoch, first, count) -> {};

  /**
   * Makes the devices; does no I/O.
   *
   * @param streams where the record leaves them
   * @param payloads what each sends, by its name
   * @param epochNumbers gives further epochs their numbers
   */
  public Fleet(
      FleetSettings settings,
      List<StreamState> streams,
      Function<String, Payload> payloads,
      RecordWriter record,
      Connector connector,
      LongSupplier epochNumbers) {
    List<DeviceState> states = DeviceState.of(streams);
    this.settings = settings;
    this.record = record;
    this.epochNumbers = epochNumbers;
    this.streams = streams.size();
    this.names = states.stream().map(DeviceState::device).toList();
    this.nextSequence = states.stream().mapToLong(s -> s.current().nextSequence()).toArray();
    int kept = streams.stream().mapToInt(s -> s.kept().size()).sum();
    this.outstanding = new Semaphore(settings.outstandingMaxBatches() - kept);
    streams.forEach(stream -> stream.kept().forEach(batch -> stats.kept(batch.count())));
    for (DeviceState state : states) {
      int number = devices.size();
      Epoch current = new Epoch(state.current());
      epochs.add(current);
      devices.add(
          new Device(
              number,
              state.epochs(),
              current,
              payloads.apply(state.device()),
              settings,
              connector.uplink(number),
              record,
              stats,
              () -> {
                outstanding.release();
                settled.accept(number);
              },
              (name, gateway, epoch, first, count) ->
                  acks.acknowledged(name, gateway, epoch, first, count)));
    }
  }

  /** How many devices there are. */
  public int size() {
    return devices.size();
  }

  /** What has been done so far. */
  public FleetStats stats() {
    return stats;
  }

  /**
   * Sets who is told, on a device's loop, that one of its batches is acknowledged or given up.
   * Before {@link #start}.
   */
  public void onSettled(IntConsumer listener) {
    settled = listener;
  }

  /** Sets who is told of each acknowledgement of readings. Before {@link #start}. */
  public void onAcknowledged(AckListener listener) {
    acks = listener;
  }

  /** Starts connecting, {@link FleetSettings#connectsPerSecond} at a time. */
  public void start() {
    for (int i = 0; i < devices.size(); i++) {
      devices.get(i).start(Duration.ofNanos((long) (i * 1e9 / settings.connectsPerSecond())));
    }
  }

  /**
   * Numbers readings, makes the one batch that is ever sent of them, or made into what is sent, and
   * records it; once that is on the disk it will be sent. Waits while too much is outstanding.
   *
   * @param dueAtNanos when the plan wants it sent, by {@link System#nanoTime}: latency is counted
   *     from there, whatever held it up since; {@link #NOT_PLANNED} if no plan says when
   * @throws IOException if the record cannot be written
   */
  public void produce(int device, List<Reading> readings, long dueAtNanos)
      throws IOException, InterruptedException {
    awaitRoom();
    Epoch epoch = epochs.get(device);
    Device firmware = devices.get(device);
    long first = nextSequence[device];
    long next = first + readings.size();
    byte[] bytes =
        BatchCodec.encode(
            Batch.ofReadings(
                names.get(device),
                epoch.number,
                first,
                readings,
                next,
                Math.min(first, epoch.oldestKept())));
    int count = readings.size();
    nextSequence[device] = next;
    stats.produced(count);
    boolean sentTwice = twice;
    boolean waits = heldBack;
    twice = false;
    heldBack = false;
    record.produced(
        epoch.stream,
        first,
        count,
        bytes,
        offset ->
            firmware.stored(
                new Item(epoch, first, count, offset, bytes.length, dueAtNanos), sentTwice, waits));
  }

  /** The batch that is produced next is sent twice. The sources' thread. */
  public void repeatNext() {
    twice = true;
  }

  /**
   * The batch that is produced next is held back until the device has sent the one after it. The
   * sources' thread.
   */
  public void holdNext() {
    heldBack = true;
  }

  /**
   * What is produced of this device from now on is numbered from 0, in another epoch. What is left
   * of the one before is still sent, and a last status closes that. The sources' thread.
   */
  public void newEpoch(int device) {
    StreamState begun =
        new StreamState(streams++, names.get(device), epochNumbers.getAsLong(), 0, List.of());
    Epoch next = new Epoch(begun);
    Device firmware = devices.get(device);
    long end = nextSequence[device];
    record.epochBegan(
        begun.stream(), begun.device(), begun.epoch(), () -> firmware.epochBegan(next, end));
    epochs.set(device, next);
    nextSequence[device] = 0;
  }

  /** A device's power is gone, or is back; a device that is off neither sends nor hears. */
  public void power(int device, boolean on) {
    devices.get(device).power(on);
  }

  /** A device loses its connection and makes another at once. */
  public void reconnect(int device) {
    devices.get(device).stampede();
  }

  /**
   * Nothing more goes wrong: devices that are off get their power back, and nothing is held back.
   */
  public void endFaults() {
    devices.forEach(Device::endFaults);
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
      finished[i] = devices.get(i).finish(epochs.get(i), nextSequence[i]);
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
