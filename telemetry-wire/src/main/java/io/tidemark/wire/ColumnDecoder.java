package io.tidemark.wire;

import java.util.BitSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decodes one {@code Column} into the values of its series' readings. */
final class ColumnDecoder {
  private static final Value TRUE = Value.of(true);
  private static final Value FALSE = Value.of(false);

  private final Metrics[] values;

  /** Metrics that had a column before. */
  private final Set<String> earlier;

  private boolean again;

  private String metric = "";
  private @Nullable BitSet present;
  private long divisor = 1;
  private int valuesField;
  private int valuesAt;
  private @Nullable ProtoReader packed;
  private int texts;

  ColumnDecoder(Metrics[] values, Set<String> earlier) {
    this.values = values;
    this.earlier = earlier;
  }

  void read(ProtoReader in) throws WireFormatException {
    int start = in.position();
    ProtoReader whole = in.copy();
    find(in);
    if (!Names.isName(metric)) {
      throw new WireFormatException("metric must be 1 to 64 of A-Z a-z 0-9 _ . -", start);
    }
    again = !earlier.add(metric);
    if (valuesField == 0) {
      throw new WireFormatException("a column has no values", start);
    }
    int expected = present == null ? values.length : present.cardinality();
    int given = given();
    if (given != expected) {
      throw new WireFormatException(
          "a column has %d values for %d readings".formatted(given, expected), valuesAt);
    }
    if (valuesField == SeriesField.TEXTS) {
      decodeTexts(whole);
    } else if (packed != null) {
      decodePacked(packed);
    }
  }

  private void find(ProtoReader in) throws WireFormatException {
    SeenFields seen = new SeenFields();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      int field = tag >>> 3;
      if (field != SeriesField.TEXTS) {
        seen.add(field, at);
      }
      switch (field) {
        case SeriesField.METRIC -> {
          in.expect(tag, ProtoReader.BYTES, at);
          metric = SeriesDecoder.readName(in);
        }
        case SeriesField.PRESENT -> {
          in.expect(tag, ProtoReader.BYTES, at);
          present = readPresent(in.readPart());
        }
        case SeriesField.DIVISOR -> {
          in.expect(tag, ProtoReader.VARINT, at);
          divisor = readDivisor(in);
        }
        case SeriesField.SCALED,
            SeriesField.FLOATS,
            SeriesField.DOUBLES,
            SeriesField.FLAGS,
            SeriesField.TEXTS -> {
          in.expect(tag, ProtoReader.BYTES, at);
          noteValues(field, in, at);
        }
        default -> in.skip(tag);
      }
    }
  }

  private void noteValues(int field, ProtoReader in, int at) throws WireFormatException {
    if (valuesField != 0 && valuesField != field) {
      throw new WireFormatException("a column has values of two types", at);
    }
    valuesField = field;
    valuesAt = at;
    ProtoReader part = in.readPart();
    if (field == SeriesField.TEXTS) {
      texts++;
    } else {
      packed = part;
    }
  }

  private BitSet readPresent(ProtoReader bitmap) throws WireFormatException {
    int at = bitmap.position();
    if (bitmap.remaining() != (values.length + 7) / 8) {
      throw new WireFormatException(
          "present has %d bytes for %d readings".formatted(bitmap.remaining(), values.length), at);
    }
    BitSet bits = bitmap.readRemainingBits();
    if (bits.isEmpty() || bits.length() > values.length) {
      throw new WireFormatException("present marks no reading, or one past the last", at);
    }
    return bits;
  }

  private static long readDivisor(ProtoReader in) throws WireFormatException {
    int at = in.position();
    long divisor = in.readVarint();
    if (divisor < 1 || divisor > SeriesField.SCALED_MAX) {
      throw new WireFormatException(
          "divisor must be 1 to 2^53, but is " + Long.toUnsignedString(divisor), at);
    }
    return divisor;
  }

  private int given() throws WireFormatException {
    if (valuesField == SeriesField.TEXTS) {
      return texts;
    }
    if (packed == null) {
      return 0;
    }
    return switch (valuesField) {
      case SeriesField.FLOATS -> wholeNumber(packed, 4);
      case SeriesField.DOUBLES -> wholeNumber(packed, 8);
      default -> packed.countVarints();
    };
  }

  private static int wholeNumber(ProtoReader part, int width) throws WireFormatException {
    if (part.remaining() % width != 0) {
      throw new WireFormatException(
          "%d bytes are no whole number of %d-byte values".formatted(part.remaining(), width),
          part.position());
    }
    return part.remaining() / width;
  }

  private void decodePacked(ProtoReader in) throws WireFormatException {
    long n = 0;
    for (int i = firstPresent(); i >= 0; i = nextPresent(i + 1)) {
      int at = in.position();
      Value value;
      switch (valuesField) {
        case SeriesField.SCALED -> {
          n += in.readZigZag();
          if (n > SeriesField.SCALED_MAX || n < -SeriesField.SCALED_MAX) {
            throw new WireFormatException("scaled number beyond 2^53", at);
          }
          value = Value.of((double) n / (double) divisor);
        }
        case SeriesField.FLOATS ->
            value = Value.of((double) Float.intBitsToFloat(in.readFixed32()));
        case SeriesField.DOUBLES -> value = Value.of(Double.longBitsToDouble(in.readFixed64()));
        default -> value = readFlag(in, at);
      }
      put(i, value, at);
    }
  }

  private static Value readFlag(ProtoReader in, int at) throws WireFormatException {
    long flag = in.readVarint();
    if (flag != 0 && flag != 1) {
      throw new WireFormatException(
          "a flag is 0 or 1, but this is " + Long.toUnsignedString(flag), at);
    }
    return flag == 1 ? TRUE : FALSE;
  }

  private void decodeTexts(ProtoReader in) throws WireFormatException {
    int i = firstPresent();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      if (tag >>> 3 == SeriesField.TEXTS) {
        put(i, Value.of(in.readText(Limits.TEXT_MAX_BYTES)), at);
        i = nextPresent(i + 1);
      } else {
        in.skip(tag);
      }
    }
  }

  private void put(int reading, Value value, int at) throws WireFormatException {
    Metrics metrics = values[reading];
    if (again && metrics.containsKey(metric)) {
      throw new WireFormatException("a reading has the metric " + metric + " twice", at);
    }
    metrics.add(metric, value);
  }

  private int firstPresent() {
    return nextPresent(0);
  }

  private int nextPresent(int from) {
    if (present != null) {
      return present.nextSetBit(from);
    }
    return from < values.length ? from : -1;
  }
}
