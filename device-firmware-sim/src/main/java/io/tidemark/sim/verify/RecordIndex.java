package io.tidemark.sim.verify;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.record.Entry;
import io.tidemark.sim.record.RecordReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the batches of a record's devices, group of devices by group, so that memory stays bounded
 * however long the record is: each group takes one more reading of the file.
 *
 * <p>Not thread-safe.
 */
final class RecordIndex implements AutoCloseable {
  /**
   * Most batches that are indexed at a time (25 bytes each), except that a group has at least one
   * device.
   */
  static final int INDEX_MAX_BATCHES = 2_000_000;

  private final Path folder;
  private final FileChannel file;
  private final int indexMaxBatches;
  private final List<Entry.Device> streams = new ArrayList<>();

  /** By stream: the device's place in the record, and which of its epochs it is. */
  private final List<Place> places = new ArrayList<>();

  private final List<Long> batches = new ArrayList<>();
  private final Function<String, Payload> payloads;
  private Map<String, String> settings = Map.of();

  private record Place(int device, int epoch) {}

  /** Reads the record once, to see what is in it. */
  RecordIndex(Path folder, int indexMaxBatches) throws IOException {
    this.folder = folder;
    this.indexMaxBatches = indexMaxBatches;
    Map<String, Place> latest = new HashMap<>();
    try (RecordReader reader = new RecordReader(folder)) {
      for (Entry entry = reader.next(); entry != null; entry = reader.next()) {
        if (entry instanceof Entry.Plan plan) {
          settings = plan.settings();
        } else if (entry instanceof Entry.Device device) {
          streams.add(device);
          Place before = latest.get(device.device());
          Place place =
              before == null
                  ? new Place(latest.size(), 0)
                  : new Place(before.device(), before.epoch() + 1);
          latest.put(device.device(), place);
          places.add(place);
          batches.add(0L);
        } else if (entry instanceof Entry.Produced produced) {
          batches.set(produced.stream(), batches.get(produced.stream()) + 1);
        }
      }
    }
    this.payloads = payloads();
    this.file = FileChannel.open(folder.resolve(RecordReader.FILE_NAME), StandardOpenOption.READ);
  }

  private Function<String, Payload> payloads() throws CannotCheckException {
    try {
      return Payloads.ofDevices(settings);
    } catch (IllegalArgumentException e) {
      throw new CannotCheckException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What the record is a record of. */
  Map<String, String> settings() {
    return settings;
  }

  /** What a device sends. */
  Payload payload(String device) {
    return payloads.apply(device);
  }

  /** Which device an epoch belongs to. */
  Map<Long, String> owners() {
    Map<Long, String> owners = new HashMap<>();
    streams.forEach(stream -> owners.put(stream.epoch(), stream.device()));
    return owners;
  }

  /** The streams' numbers, by device, in groups to be indexed together. */
  List<List<Integer>> groups() {
    Map<String, List<Integer>> byDevice = new LinkedHashMap<>();
    for (Entry.Device stream : streams) {
      byDevice.computeIfAbsent(stream.device(), d -> new ArrayList<>()).add(stream.stream());
    }
    List<List<Integer>> groups = new ArrayList<>();
    long size = 0;
    for (List<Integer> device : byDevice.values()) {
      long more = device.stream().mapToLong(batches::get).sum();
      if (groups.isEmpty() || size + more > indexMaxBatches) {
        groups.add(new ArrayList<>());
        size = 0;
      }
      groups.get(groups.size() - 1).addAll(device);
      size += more;
    }
    return groups;
  }

  /**
   * Reads the record and indexes these streams; by device.
   *
   * @param regeneration makes their readings again; null if nothing says what they are
   */
  Map<String, List<StreamIndex>> index(List<Integer> group, @Nullable Regeneration regeneration)
      throws IOException {
    Map<Integer, StreamIndex> byStream = new HashMap<>();
    Map<String, List<StreamIndex>> byDevice = new LinkedHashMap<>();
    for (int stream : group) {
      Entry.Device device = streams.get(stream);
      StreamIndex index = new StreamIndex(device, payload(device.device()), file);
      byStream.put(stream, index);
      byDevice.computeIfAbsent(index.device(), d -> new ArrayList<>()).add(index);
    }
    try (RecordReader reader = new RecordReader(folder)) {
      for (Entry entry = reader.next(); entry != null; entry = reader.next()) {
        if (entry instanceof Entry.Produced batch && byStream.containsKey(batch.stream())) {
          if (regeneration != null && !batch.drop()) {
            Place place = places.get(batch.stream());
            regeneration.check(
                streams.get(batch.stream()).device(), place.device(), place.epoch(), batch);
          }
          byStream.get(batch.stream()).produced(batch);
        } else if (entry instanceof Entry.Acknowledged ack && byStream.containsKey(ack.stream())) {
          byStream.get(ack.stream()).acknowledged(ack);
        } else if (entry instanceof Entry.Refused refusal
            && byStream.containsKey(refusal.stream())) {
          byStream.get(refusal.stream()).refused(refusal);
        }
      }
    }
    return byDevice;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
