package io.tidemark.sim.payload;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A SenML pack in CBOR (RFC 8428, section 6): an array of maps, both of definite length, with
 * numbers for labels. Of CBOR (RFC 8949, section 3) it needs whole numbers, texts, flags and
 * doubles; doubles always have their eight bytes.
 */
final class SenmlCbor {
  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;

  private static final int FALSE = 0xF4;
  private static final int TRUE = 0xF5;
  private static final int DOUBLE = 0xFB;

  /** Up to here an argument stands in the first byte. */
  private static final int SMALL_MAX = 23;

  private static final int ONE_BYTE = 24;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);

  private SenmlCbor() {}

  static byte[] of(List<SenmlRecord> pack) {
    SenmlCbor cbor = new SenmlCbor();
    cbor.head(ARRAY, pack.size());
    for (SenmlRecord record : pack) {
      cbor.head(MAP, record.fields().size());
      for (Map.Entry<SenmlLabel, Object> field : record.fields().entrySet()) {
        cbor.whole(field.getKey().number());
        cbor.value(field.getValue());
      }
    }
    return cbor.out.toByteArray();
  }

  private void value(Object value) {
    if (value instanceof Long whole) {
      whole(whole);
    } else if (value instanceof Double number) {
      out.write(DOUBLE);
      bytes(Double.doubleToRawLongBits(number), Long.BYTES);
    } else if (value instanceof Boolean flag) {
      out.write(flag ? TRUE : FALSE);
    } else {
      byte[] text = ((String) value).getBytes(StandardCharsets.UTF_8);
      head(TEXT, text.length);
      out.writeBytes(text);
    }
  }

  private void whole(long value) {
    head(value < 0 ? NEGATIVE : UNSIGNED, value < 0 ? -1 - value : value);
  }

  /** A data item's type and argument (section 3), in the fewest bytes. */
  private void head(int type, long argument) {
    if (argument <= SMALL_MAX) {
      out.write(type << 5 | (int) argument);
      return;
    }
    // 24, 25, 26 and 27 announce arguments of 1, 2, 4 and 8 bytes.
    int power = 0;
    while (power < 3 && argument >>> (8 << power) != 0) {
      power++;
    }
    out.write(type << 5 | (ONE_BYTE + power));
    bytes(argument, 1 << power);
  }

  private void bytes(long value, int count) {
    byte[] all = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    out.write(all, Long.BYTES - count, count);
  }
}
