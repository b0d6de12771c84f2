package io.tidemark.sim.verify;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.record.Entry;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.WireFormatException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where in the record the batches of one device and epoch are, and how far each has got. Holds 25
 * bytes a batch and a few decoded batches, not the readings. Not thread-safe.
 */
final class StreamIndex {
  /** How far a batch has got, by the record. */
  enum State {
    /** Not answered. */
    KEPT,
    /** Taken by a gateway. */
    ACKNOWLEDGED,
    /** Refused for good; its drop is not acknowledged. */
    REFUSED,
    /** Refused for good; its drop has been taken by a gateway. */
    DROPPED
  }

  private static final int CACHED_BATCHES = 64;
  private static final State[] STATES = State.values();

  private final String device;
  private final long epoch;
  private final Payload payload;
  private final FileChannel record;
  private long[] firsts = new long[16];
  private int[] counts = new int[16];
  private long[] offsets = new long[16];
  private int[] lengths = new int[16];
  private byte[] states = new byte[16];
  private int size;
  private long refusedReadings;

  @SuppressWarnings("serial")
  private final Map<Integer, List<Reading>> decoded =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, List<Reading>> eldest) {
          return size() > CACHED_BATCHES;
        }
      };

  /**
   * @param payload what the device sends
   * @param record the record file, for reading batches back; closed by the caller
   */
  StreamIndex(Entry.Device device, Payload payload, FileChannel record) {
    this.device = device.device();
    this.epoch = device.epoch();
    this.payload = payload;
    this.record = record;
  }

  String device() {
    return device;
  }

  long epoch() {
    return epoch;
  }

  Payload payload() {
    return payload;
  }

  int batches() {
    return size;
  }

  long first(int batch) {
    return firsts[batch];
  }

  int count(int batch) {
    return counts[batch];
  }

  State state(int batch) {
    return STATES[states[batch]];
  }

  /** One more than the highest number. */
  long nextSequence() {
    return size == 0 ? 0 : firsts[size - 1] + counts[size - 1];
  }

  /** How many readings a gateway has refused for good. */
  long refusedReadings() {
    return refusedReadings;
  }

  /** How many readings the device still has to get acknowledged. */
  long keptReadings() {
    long kept = 0;
    for (int i = 0; i < size; i++) {
      if (state(i) == State.KEPT || state(i) == State.REFUSED) {
        kept += counts[i];
      }
    }
    return kept;
  }

  void produced(Entry.Produced batch) {
    if (batch.drop()) {
      return;
    }
    if (size == firsts.length) {
      int room = size + (size >> 1);
      firsts = Arrays.copyOf(firsts, room);
      counts = Arrays.copyOf(counts, room);
      offsets = Arrays.copyOf(offsets, room);
      lengths = Arrays.copyOf(lengths, room);
      states = Arrays.copyOf(states, room);
    }
    firsts[size] = batch.first();
    counts[size] = batch.count();
    offsets[size] = batch.offset();
    lengths[size] = batch.batch().length;
    size++;
  }

  void acknowledged(Entry.Acknowledged ack) {
    advance(ack.first(), ack.drop() ? State.DROPPED : State.ACKNOWLEDGED);
  }

  void refused(Entry.Refused refusal) {
    refusedReadings += refusal.count();
    advance(refusal.first(), State.REFUSED);
  }

  /** One more than the highest number that a gateway has taken. */
  long acknowledgedEnd() {
    int last = size - 1;
    while (last >= 0 && state(last) != State.ACKNOWLEDGED && state(last) != State.DROPPED) {
      last--;
    }
    return last < 0 ? 0 : firsts[last] + counts[last];
  }

  /** What a row with this number has to say; null if no such reading was produced. */
  @Nullable Reading stored(long sequence) throws IOException {
    Reading reading = reading(sequence);
    return reading == null ? null : payload.arrives(reading, sequence);
  }

  /** The bytes a batch was sent in. */
  byte[] sent(int batch) throws IOException {
    return payload.bytes(recorded(batch));
  }

  /** The readings of a batch. */
  List<Reading> readings(int batch) throws IOException {
    List<Reading> readings = decoded.get(batch);
    if (readings == null) {
      readings = decode(batch);
      decoded.put(batch, readings);
    }
    return readings;
  }

  /** The reading with this number; null if none was produced. */
  @Nullable Reading reading(long sequence) throws IOException {
    int batch = Arrays.binarySearch(firsts, 0, size, sequence);
    if (batch < 0) {
      batch = -batch - 2;
    }
    if (batch < 0 || sequence >= firsts[batch] + counts[batch]) {
      return null;
    }
    return readings(batch).get((int) (sequence - firsts[batch]));
  }

  private byte[] recorded(int batch) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(lengths[batch]);
    while (bytes.hasRemaining()) {
      if (record.read(bytes, offsets[batch] + bytes.position()) < 0) {
        throw new EOFException("the record became shorter while it was being read");
      }
    }
    return bytes.array();
  }

  private List<Reading> decode(int batch) throws IOException {
    try {
      return BatchCodec.decode(recorded(batch)).readings();
    } catch (WireFormatException e) {
      throw new CannotCheckException(
          "the record's batch from number %d of %s on does not decode: %s"
              .formatted(firsts[batch], device, e.getMessage()),
          e);
    }
  }

  private void advance(long first, State to) {
    int batch = Arrays.binarySearch(firsts, 0, size, first);
    if (batch >= 0 && state(batch).compareTo(to) < 0) {
      states[batch] = (byte) to.ordinal();
    }
  }
}
