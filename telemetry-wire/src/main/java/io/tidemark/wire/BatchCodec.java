package io.tidemark.wire;

import java.util.zip.CRC32C;

/**
 * Batches to bytes and back, as {@code batch.proto} says. Every double comes back bit for bit.
 *
 * <p>Decoding allocates at most {@link #DECODED_BYTES_PER_BYTE} bytes for each byte given plus
 * {@link #DECODED_BYTES_FIXED}, and fails with nothing but {@link WireFormatException}, whatever
 * the bytes are.
 *
 * <p>Stateless and thread-safe.
 */
public final class BatchCodec {
  /** Bound on what decoding allocates for each byte of input, in bytes. */
  public static final int DECODED_BYTES_PER_BYTE = 256;

  /** Bound on what decoding allocates whatever the input, in bytes. */
  public static final int DECODED_BYTES_FIXED = 64 << 10;

  static final int VERSION = 1;
  static final int VERSION_FIELD = 1;
  static final int CRC_FIELD = 15;

  private static final int CRC_PART_BYTES = 5;
  private static final byte CRC_TAG = CRC_FIELD << 3 | ProtoReader.FIXED32;

  private BatchCodec() {}

  /**
   * Encodes a batch.
   *
   * @throws IllegalArgumentException if it has more than {@link Limits#BATCH_MAX_BYTES} bytes
   */
  public static byte[] encode(Batch batch) {
    ProtoWriter out = new ProtoWriter();
    HeaderCodec.write(batch.header(), out);
    SeriesEncoder.write(batch.readings(), out);
    out.fixed32(CRC_FIELD, crc(out.buffer(), out.size()));
    if (out.size() > Limits.BATCH_MAX_BYTES) {
      throw new IllegalArgumentException(
          "a batch may have %d bytes, but %d readings took %d: send fewer at a time"
              .formatted(Limits.BATCH_MAX_BYTES, batch.readings().size(), out.size()));
    }
    return out.toByteArray();
  }

  /**
   * Decodes a batch, all of it, after checking its CRC.
   *
   * @throws WireFormatException if the bytes are not a batch
   */
  public static Batch decode(byte[] bytes) throws WireFormatException {
    ProtoReader in = checked(bytes);
    BatchHeader header = HeaderCodec.read(in);
    return new SeriesDecoder(header, in).read(in);
  }

  /**
   * Reads what a batch says of itself, without looking at its body or its CRC: what it says may be
   * wrong.
   *
   * @throws WireFormatException if the bytes do not begin with a batch's header
   */
  public static BatchHeader readHeader(byte[] bytes) throws WireFormatException {
    checkSize(bytes);
    return HeaderCodec.read(new ProtoReader(bytes, 0, bytes.length));
  }

  /**
   * Checks a batch's CRC and reads its header, without looking at its body.
   *
   * @throws WireFormatException if the CRC is wrong or the bytes do not begin with a batch's header
   */
  public static BatchHeader verify(byte[] bytes) throws WireFormatException {
    return HeaderCodec.read(checked(bytes));
  }

  /** A reader over all fields but the CRC, which is right. */
  private static ProtoReader checked(byte[] bytes) throws WireFormatException {
    checkSize(bytes);
    if (bytes.length < 2 || bytes[0] != VERSION_FIELD << 3 || bytes[1] != VERSION) {
      throw new WireFormatException(
          "not a batch of version " + VERSION + ", which begins 08 01", 0);
    }
    int end = bytes.length - CRC_PART_BYTES;
    if (end < 2 || bytes[end] != CRC_TAG) {
      throw new WireFormatException(
          "no CRC-32C at the end: cut short, or not a batch", Math.max(end, 0));
    }
    int expected = new ProtoReader(bytes, end + 1, bytes.length).readFixed32();
    int actual = crc(bytes, end);
    if (expected != actual) {
      throw new WireFormatException(
          "CRC-32C is %08x, but should be %08x".formatted(expected, actual), end + 1);
    }
    return new ProtoReader(bytes, 0, end);
  }

  private static void checkSize(byte[] bytes) throws WireFormatException {
    if (bytes.length > Limits.BATCH_MAX_BYTES) {
      throw new WireFormatException(
          "%d bytes where a batch may have %d".formatted(bytes.length, Limits.BATCH_MAX_BYTES),
          Limits.BATCH_MAX_BYTES);
    }
  }

  private static int crc(byte[] bytes, int size) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, size);
    return (int) crc.getValue();
  }
}
