package io.tidemark.wire;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts readings together again from their columns. Whatever is allocated has been paid for in
 * bytes: a reading by its time, a value by its own byte.
 */
final class SeriesDecoder {
  private static final int NAME_MAX_BYTES = 64;

  private final BatchHeader header;
  private final @Nullable Reading[] readings;

  /**
   * For the body in {@code in}.
   *
   * @throws WireFormatException if it is too short for as many readings as the header says
   */
  SeriesDecoder(BatchHeader header, ProtoReader in) throws WireFormatException {
    this.header = header;
    long count = header.kind() == BatchHeader.Kind.READINGS ? header.count() : 0;
    if (count > in.remaining()) {
      throw new WireFormatException(
          "the header says %d readings, but %d bytes follow".formatted(count, in.remaining()),
          in.position());
    }
    this.readings = new Reading[(int) count];
  }

  /** Reads everything after the header. */
  Batch read(ProtoReader in) throws WireFormatException {
    int lastField = 0;
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      int field = tag >>> 3;
      if (field < lastField || field == BatchCodec.CRC_FIELD) {
        throw new WireFormatException("field %d is out of place".formatted(field), at);
      }
      lastField = field;
      if (field == SeriesField.SERIES) {
        in.expect(tag, ProtoReader.BYTES, at);
        readSeries(in.readPart());
      } else {
        in.skip(tag);
      }
    }
    for (int i = 0; i < readings.length; i++) {
      if (readings[i] == null) {
        throw new WireFormatException(
            "no series holds the reading at offset %d of %d".formatted(i, readings.length),
            in.position());
      }
    }
    // Checked above: none is null any more.
    @SuppressWarnings("NullAway")
    List<Reading> complete = List.of(readings);
    return new Batch(header, complete);
  }

  private void readSeries(ProtoReader in) throws WireFormatException {
    int start = in.position();
    SeriesParts parts = SeriesParts.read(in);
    int[] offsets = offsets(parts, start);
    long[] times = times(parts, offsets.length, start);
    Metrics[] values = new Metrics[offsets.length];
    Arrays.setAll(values, i -> new Metrics(parts.columns.size()));
    Set<String> metrics = new HashSet<>();
    for (ProtoReader column : parts.columns) {
      new ColumnDecoder(values, metrics).read(column);
    }
    for (int i = 0; i < offsets.length; i++) {
      if (readings[offsets[i]] != null) {
        throw new WireFormatException(
            "the reading at offset %d is in two series".formatted(offsets[i]), start);
      }
      try {
        readings[offsets[i]] = new Reading(parts.sensor, parts.kind, times[i], values[i]);
      } catch (IllegalArgumentException e) {
        throw new WireFormatException(String.valueOf(e.getMessage()), start);
      }
    }
  }

  private int[] offsets(SeriesParts parts, int start) throws WireFormatException {
    if (parts.gaps == null) {
      // Without this, many series that each claim all readings could make a small batch expensive.
      if (parts.timeCount() != readings.length) {
        throw new WireFormatException(
            "a series without gaps holds all %d readings, but this one has %d times"
                .formatted(readings.length, parts.timeCount()),
            start);
      }
      int[] all = new int[readings.length];
      Arrays.setAll(all, i -> i);
      return all;
    }
    ProtoReader gaps = parts.gaps;
    int[] offsets = new int[gaps.countVarints()];
    if (offsets.length == 0) {
      throw new WireFormatException("a series holds no reading", gaps.position());
    }
    long next = 0;
    for (int i = 0; i < offsets.length; i++) {
      int at = gaps.position();
      long gap = gaps.readVarint();
      if (gap < 0 || gap >= readings.length || next + gap >= readings.length) {
        throw new WireFormatException(
            "gap leads past the batch's %d readings".formatted(readings.length), at);
      }
      offsets[i] = (int) (next + gap);
      next = offsets[i] + 1L;
    }
    return offsets;
  }

  private static long[] times(SeriesParts parts, int count, int start) throws WireFormatException {
    if (parts.timeCount() != count) {
      throw new WireFormatException(
          "a series of %d readings has %d times".formatted(count, parts.timeCount()), start);
    }
    long[] times = new long[count];
    times[0] = parts.firstTime;
    long distance = 0;
    for (int i = 1; i < count && parts.timeSteps != null; i++) {
      distance += parts.timeSteps.readZigZag();
      times[i] = times[i - 1] + distance;
    }
    return times;
  }

  static String readName(ProtoReader in) throws WireFormatException {
    return in.readText(NAME_MAX_BYTES);
  }
}
