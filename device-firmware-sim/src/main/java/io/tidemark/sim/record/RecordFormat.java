package io.tidemark.sim.record;

import io.tidemark.wire.Limits;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a record file. Big-endian throughout, nothing padded.
 *
 * <pre>
 * file       +--------------------+---------+---------+-----
 *            | 54 44 4D 4B 52 45  | entry 0 | entry 1 | ...
 *            | 43 32  "TDMKREC2"  | (plan)  | (device)|
 *            +--------------------+---------+---------+-----
 *
 * entry      0         4         8      9
 *            +---------+---------+------+----------------+
 *            | length  | crc32c  | type | body           |
 *            +---------+---------+------+----------------+
 *            length    bytes of type and body: 1 to ENTRY_MAX_BYTES
 *            crc32c    over length, type and body
 *
 * 1 plan          | n u16 | n times: | length u16 | name, UTF-8 | length u16 | value, UTF-8 |
 * 2 device        | stream u32 | epoch u64 | device, UTF-8 ...
 * 3 produced      | stream u32 | first u64 | count u32 | drop u8 | the batch's bytes ...
 * 4 acknowledged  | stream u32 | first u64 | count u32 | drop u8 |
 * 5 refused       | stream u32 | first u64 | count u32 | length u8 | code, ASCII | reason, UTF-8 ...
 * 6 mark          | 54 44 4D 4B 4D 41 52 4B "TDMKMARK" | synced u64 |
 * </pre>
 *
 * A device is there once for each of its epochs: those they begin with directly behind the plan,
 * further ones before the first batch of theirs.
 *
 * <p>Each group that is written (and fsynced) together begins with a mark. It says up to which
 * offset the file had been fsynced before. So an entry that does not check can be told apart:
 * behind the last fsync it is the torn tail of a write that was never finished, and nothing in it
 * had been sent; before it the file has been damaged.
 */
final class RecordFormat {
  static final long MAGIC = 0x54444D4B52454332L;
  static final int MAGIC_BYTES = 8;
  static final long MARK_MAGIC = 0x54444D4B4D41524BL;

  static final byte PLAN = 1;
  static final byte DEVICE = 2;
  static final byte PRODUCED = 3;
  static final byte ACKNOWLEDGED = 4;
  static final byte REFUSED = 5;
  static final byte MARK = 6;

  /** Length and checksum. */
  static final int ENTRY_HEADER_BYTES = 8;

  /** Offset of the batch's bytes from the start of a produced entry. */
  static final int BATCH_OFFSET = ENTRY_HEADER_BYTES + 1 + 4 + 8 + 4 + 1;

  /** A whole mark entry. */
  static final int MARK_BYTES = ENTRY_HEADER_BYTES + 1 + 8 + 8;

  /**
   * Most bytes type and body of an entry may have: a batch of the largest size and what is said of
   * it.
   */
  static final int ENTRY_MAX_BYTES = Limits.BATCH_MAX_BYTES + 64;

  private static final int REASON_MAX_BYTES = 255;

  private RecordFormat() {}

  /** The entry's bytes, ready to be appended. */
  static byte[] encode(Entry entry) {
    if (entry instanceof Entry.Plan plan) {
      return encodePlan(plan);
    }
    if (entry instanceof Entry.Device device) {
      byte[] name = utf8(device.device());
      ByteBuffer out = begin(DEVICE, 12 + name.length);
      return seal(out.putInt(device.stream()).putLong(device.epoch()).put(name));
    }
    if (entry instanceof Entry.Produced p) {
      ByteBuffer out = range(PRODUCED, p.stream(), p.first(), p.count(), 1 + p.batch().length);
      return seal(out.put((byte) (p.drop() ? 1 : 0)).put(p.batch()));
    }
    if (entry instanceof Entry.Acknowledged a) {
      ByteBuffer out = range(ACKNOWLEDGED, a.stream(), a.first(), a.count(), 1);
      return seal(out.put((byte) (a.drop() ? 1 : 0)));
    }
    Entry.Refused refused = (Entry.Refused) entry;
    byte[] code = refused.code().getBytes(StandardCharsets.US_ASCII);
    byte[] reason = cut(utf8(refused.reason()));
    int rest = 1 + code.length + reason.length;
    ByteBuffer out = range(REFUSED, refused.stream(), refused.first(), refused.count(), rest);
    return seal(out.put((byte) code.length).put(code).put(reason));
  }

  static byte[] encodeMark(long synced) {
    return seal(begin(MARK, 16).putLong(MARK_MAGIC).putLong(synced));
  }

  /**
   * Reads type and body of an entry whose checksum has been found right.
   *
   * @param offset where the entry (its length) begins in the file
   * @return null for a mark
   * @throws RecordCorruptException if type and body do not follow the format
   */
  static @Nullable Entry decode(ByteBuffer in, long offset) throws RecordCorruptException {
    try {
      byte type = in.get();
      return switch (type) {
        case PLAN -> decodePlan(in);
        case DEVICE -> {
          int stream = in.getInt();
          long epoch = in.getLong();
          yield new Entry.Device(stream, text(in, in.remaining()), epoch);
        }
        case PRODUCED -> {
          int stream = in.getInt();
          long first = in.getLong();
          int count = in.getInt();
          boolean drop = in.get() != 0;
          byte[] batch = new byte[in.remaining()];
          in.get(batch);
          yield new Entry.Produced(stream, first, count, drop, offset + BATCH_OFFSET, batch);
        }
        case ACKNOWLEDGED ->
            new Entry.Acknowledged(in.getInt(), in.getLong(), in.getInt(), in.get() != 0);
        case REFUSED ->
            new Entry.Refused(
                in.getInt(),
                in.getLong(),
                in.getInt(),
                text(in, in.get() & 0xFF),
                text(in, in.remaining()));
        case MARK -> null;
        default -> throw new RecordCorruptException("an entry of unknown type " + type, offset);
      };
    } catch (BufferUnderflowException | CharacterCodingException e) {
      throw new RecordCorruptException("an entry that ends too early or is not UTF-8", offset);
    }
  }

  static int crc(int length, byte[] typeAndBody, int from) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).putInt(0, length));
    crc.update(typeAndBody, from, length);
    return (int) crc.getValue();
  }

  private static byte[] encodePlan(Entry.Plan plan) {
    int size = 2;
    for (Map.Entry<String, String> setting : plan.settings().entrySet()) {
      size += 4 + utf8(setting.getKey()).length + utf8(setting.getValue()).length;
    }
    ByteBuffer out = begin(PLAN, size).putShort((short) plan.settings().size());
    for (Map.Entry<String, String> setting : plan.settings().entrySet()) {
      for (String text : new String[] {setting.getKey(), setting.getValue()}) {
        byte[] bytes = utf8(text);
        out.putShort((short) bytes.length).put(bytes);
      }
    }
    return seal(out);
  }

  private static Entry.Plan decodePlan(ByteBuffer in) throws CharacterCodingException {
    int count = in.getShort() & 0xFFFF;
    Map<String, String> settings = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String name = text(in, in.getShort() & 0xFFFF);
      settings.put(name, text(in, in.getShort() & 0xFFFF));
    }
    return new Entry.Plan(settings);
  }

  private static ByteBuffer range(byte type, int stream, long first, int count, int rest) {
    return begin(type, 16 + rest).putInt(stream).putLong(first).putInt(count);
  }

  private static ByteBuffer begin(byte type, int bodyBytes) {
    if (1 + bodyBytes > ENTRY_MAX_BYTES) {
      throw new IllegalArgumentException(
          "an entry has at most %d bytes, but this would have %d"
              .formatted(ENTRY_MAX_BYTES, 1 + bodyBytes));
    }
    return ByteBuffer.allocate(ENTRY_HEADER_BYTES + 1 + bodyBytes)
        .position(ENTRY_HEADER_BYTES)
        .put(type);
  }

  private static byte[] seal(ByteBuffer out) {
    byte[] bytes = out.array();
    int length = bytes.length - ENTRY_HEADER_BYTES;
    out.putInt(0, length).putInt(4, crc(length, bytes, ENTRY_HEADER_BYTES));
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** At most {@link #REASON_MAX_BYTES}, not ending inside a character. */
  private static byte[] cut(byte[] utf8) {
    if (utf8.length <= REASON_MAX_BYTES) {
      return utf8;
    }
    int end = REASON_MAX_BYTES;
    while (end > 0 && (utf8[end] & 0xC0) == 0x80) {
      end--;
    }
    return Arrays.copyOf(utf8, end);
  }

  private static String text(ByteBuffer in, int bytes) throws CharacterCodingException {
    if (bytes > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer slice = in.slice(in.position(), bytes);
    in.position(in.position() + bytes);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    return decoder.decode(slice).toString();
  }
}
