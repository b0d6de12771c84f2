package io.tidemark.sim.record;

import io.tidemark.wire.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole record to find where each device stands. Holds what is not acknowledged, nothing
 * else.
 *
 * <p>Single-threaded; used once, before anything is written.
 */
final class Recovery {
  private static final class Stream {
    final Entry.Device device;
    final TreeMap<Long, KeptBatch> kept = new TreeMap<>();
    long nextSequence;

    Stream(Entry.Device device) {
      this.device = device;
    }
  }

  private final List<Stream> streams = new ArrayList<>();
  private Entry.@Nullable Plan plan;
  private long end;

  private Recovery() {}

  /**
   * @throws RecordCorruptException if the entries contradict each other or the file is damaged
   */
  static Recovery read(Path folder) throws IOException {
    Recovery recovery = new Recovery();
    try (RecordReader reader = new RecordReader(folder)) {
      long offset = reader.position();
      for (Entry entry = reader.next(); entry != null; entry = reader.next()) {
        recovery.apply(entry, offset);
        offset = reader.position();
      }
      recovery.end = reader.position();
    }
    return recovery;
  }

  /** What the record is a record of. */
  Entry.Plan plan() throws RecordCorruptException {
    if (plan == null) {
      throw new RecordCorruptException("the record does not begin with its plan", end);
    }
    return plan;
  }

  /** Where the good part of the file ends. */
  long end() {
    return end;
  }

  List<StreamState> streams() {
    return streams.stream()
        .map(
            s ->
                new StreamState(
                    s.device.stream(),
                    s.device.device(),
                    s.device.epoch(),
                    s.nextSequence,
                    List.copyOf(s.kept.values())))
        .toList();
  }

  private void apply(Entry entry, long offset) throws RecordCorruptException {
    if (entry instanceof Entry.Plan found) {
      plan = found;
    } else if (entry instanceof Entry.Device device) {
      if (device.stream() != streams.size()
          || device.epoch() < 1
          || device.epoch() > Limits.NUMBER_MAX) {
        throw new RecordCorruptException("a device out of turn or without an epoch", offset);
      }
      streams.add(new Stream(device));
    } else if (entry instanceof Entry.Produced produced) {
      produced(produced, offset);
    } else if (entry instanceof Entry.Acknowledged ack) {
      Stream stream = stream(ack.stream(), offset);
      KeptBatch kept = stream.kept.get(ack.first());
      if (kept != null && kept.drop() == ack.drop()) {
        stream.kept.remove(ack.first());
      }
    } else if (entry instanceof Entry.Refused refused) {
      stream(refused.stream(), offset)
          .kept
          .computeIfPresent(refused.first(), (first, kept) -> kept.refusedWith(refused.code()));
    }
  }

  private void produced(Entry.Produced batch, long offset) throws RecordCorruptException {
    Stream stream = stream(batch.stream(), offset);
    if (!batch.drop()) {
      if (batch.first() != stream.nextSequence || batch.count() < 1) {
        throw new RecordCorruptException(
            "device %s goes on at number %d, but this batch begins at %d"
                .formatted(stream.device.device(), stream.nextSequence, batch.first()),
            offset);
      }
      stream.nextSequence = batch.first() + batch.count();
    }
    stream.kept.put(
        batch.first(),
        new KeptBatch(
            batch.first(),
            batch.count(),
            batch.drop(),
            batch.offset(),
            batch.batch().length,
            null));
  }

  private Stream stream(int number, long offset) throws RecordCorruptException {
    if (number < 0 || number >= streams.size()) {
      throw new RecordCorruptException("an entry of a device that was not declared", offset);
    }
    return streams.get(number);
  }
}
