package io.tidemark.ingest.intake;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.WireFormatException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries of waiting requests, decoded a chunk at a time: decoded readings need many times
 * the memory of their bytes. Used by one thread.
 */
final class Parcels {
  /** Bytes of payloads in a chunk, at most (or one payload). */
  private static final long CHUNK_MAX_BYTES = 4L << 20;

  private static final long IDLE_POLL_MILLIS = 1_000;

  private final int chunkMaxReadings;
  private final BlockingQueue<Job> waiting;

  /** Requests of which something is in the chunk being made. */
  private List<Job> taken = new ArrayList<>();

  /** The request of which something is left; null if there is none. */
  private @Nullable Job job;

  private int entry;
  private int delivery;
  private Map<ByteBuffer, Integer> occurrences = new HashMap<>();

  Parcels(BlockingQueue<Job> waiting, int chunkMaxReadings) {
    this.waiting = waiting;
    this.chunkMaxReadings = chunkMaxReadings;
  }

  /** As much of what waits as a chunk takes; waits a while for the first, and then returns null. */
  @Nullable Chunk next() throws InterruptedException {
    taken = new ArrayList<>();
    Job current = job;
    if (current == null) {
      current = waiting.poll(IDLE_POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
    if (current == null) {
      return null;
    }
    List<Parcel> parcels = new ArrayList<>();
    Map<String, Will> wills = new HashMap<>();
    List<Job> finished = new ArrayList<>();
    long readings = 0;
    long bytes = 0;
    while (current != null && readings < chunkMaxReadings && bytes < CHUNK_MAX_BYTES) {
      take(current);
      List<LogEntry> entries = current.request().entries();
      if (entry == entries.size()) {
        finished.add(current);
        entry = 0;
        current = waiting.poll();
        job = current;
      } else if (delivery == entries.get(entry).deliveries().size()) {
        entry++;
        delivery = 0;
        occurrences = new HashMap<>();
      } else {
        LogEntry from = entries.get(entry);
        Delivery next = from.deliveries().get(delivery++);
        bytes += next.payload().length;
        readings += add(from, next, parcels, wills);
      }
    }
    return new Chunk(parcels, wills.values(), taken, finished);
  }

  /** Opens a delivery; returns how many readings it counts as. */
  private int add(LogEntry from, Delivery delivery, List<Parcel> parcels, Map<String, Will> wills) {
    String topic = delivery.willTopic();
    if (topic != null) {
      // An older one may come again, or late from another gateway.
      wills.merge(
          delivery.device(),
          new Will(delivery.device(), from.receivedAtNanos(), topic, delivery.payload(), false),
          (known, will) -> will.receivedAtNanos() < known.receivedAtNanos() ? known : will);
      return 1;
    }
    Parcel parcel = open(from, delivery);
    parcels.add(parcel);
    if (parcel.batch == null) {
      return 1;
    }
    wills.computeIfPresent(parcel.device, (device, will) -> will.asOutlived());
    return Math.max(1, parcel.batch.readings().size());
  }

  private void take(Job current) {
    job = current;
    if (taken.isEmpty() || taken.get(taken.size() - 1) != current) {
      taken.add(current);
    }
  }

  /** Gives up the chunk being made, and whatever is left of its requests; returns these. */
  List<Job> abandon() {
    List<Job> jobs = taken;
    taken = new ArrayList<>();
    job = null;
    entry = 0;
    delivery = 0;
    occurrences = new HashMap<>();
    return jobs;
  }

  private Parcel open(LogEntry entry, Delivery delivery) {
    String device = delivery.device();
    byte[] payload = delivery.payload();
    String problem = delivery.problem();
    if (problem == null) {
      Parcel parcel = open(device, payload, entry.receivedAtNanos(), 0);
      if (parcel.batch != null) {
        return parcel;
      }
    }
    int occurrence = occurrences.merge(ByteBuffer.wrap(payload), 1, Integer::sum) - 1;
    return problem == null
        ? open(device, payload, entry.receivedAtNanos(), occurrence)
        : new Parcel(device, payload, entry.receivedAtNanos(), occurrence, null, problem, false);
  }

  /** Decodes a delivery as far as it can be. */
  static Parcel open(String device, byte[] payload, long receivedAtNanos, int occurrence) {
    try {
      Batch batch = BatchCodec.decode(payload);
      String named = batch.header().device();
      if (!named.equals(device)) {
        String problem =
            "the batch says it is of device " + named + "; send it to that one's address";
        return new Parcel(device, payload, receivedAtNanos, occurrence, null, problem, true);
      }
      return new Parcel(device, payload, receivedAtNanos, 0, batch, "", false);
    } catch (WireFormatException e) {
      String problem = String.valueOf(e.getMessage());
      return new Parcel(device, payload, receivedAtNanos, occurrence, null, problem, false);
    }
  }
}
