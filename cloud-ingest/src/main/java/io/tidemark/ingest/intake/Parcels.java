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

/**
 * The deliveries of several requests, decoded a chunk at a time: decoded readings need many times
 * the memory of their bytes.
 */
final class Parcels {
  /** Bytes of payloads in a chunk, at most (or one payload). */
  private static final long CHUNK_MAX_BYTES = 4L << 20;

  private final int chunkMaxReadings;
  private final List<Job> jobs;
  private int job;
  private int entry;
  private int delivery;
  private Map<ByteBuffer, Integer> occurrences = new HashMap<>();

  /** A part of the deliveries, and the jobs of which nothing is left behind it. */
  record Chunk(List<Parcel> parcels, List<Job> finished) {}

  Parcels(List<Job> jobs, int chunkMaxReadings) {
    this.jobs = jobs;
    this.chunkMaxReadings = chunkMaxReadings;
  }

  boolean hasNext() {
    return job < jobs.size();
  }

  Chunk next() {
    List<Parcel> parcels = new ArrayList<>();
    List<Job> finished = new ArrayList<>();
    long readings = 0;
    long bytes = 0;
    while (job < jobs.size() && readings < chunkMaxReadings && bytes < CHUNK_MAX_BYTES) {
      List<LogEntry> entries = jobs.get(job).request().entries();
      if (entry == entries.size()) {
        finished.add(jobs.get(job));
        job++;
        entry = 0;
      } else if (delivery == entries.get(entry).deliveries().size()) {
        entry++;
        delivery = 0;
        occurrences = new HashMap<>();
      } else {
        LogEntry from = entries.get(entry);
        Parcel parcel = open(from, from.deliveries().get(delivery++));
        parcels.add(parcel);
        bytes += parcel.payload.length;
        readings += parcel.batch == null ? 1 : Math.max(1, parcel.batch.readings().size());
      }
    }
    return new Chunk(parcels, finished);
  }

  private Parcel open(LogEntry entry, Delivery delivery) {
    Parcel parcel = open(delivery.device(), delivery.payload(), entry.receivedAtNanos(), 0);
    if (parcel.batch != null) {
      return parcel;
    }
    int occurrence = occurrences.merge(ByteBuffer.wrap(delivery.payload()), 1, Integer::sum) - 1;
    return open(delivery.device(), delivery.payload(), entry.receivedAtNanos(), occurrence);
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
