package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** What must hold for every batch, and for every array of bytes. */
class BatchCodecProperties {

  @Property
  void everyBatchComesBack(@ForAll("batches") Batch batch) throws WireFormatException {
    byte[] bytes = BatchCodec.encode(batch);

    assertThat(BatchCodec.decode(bytes)).isEqualTo(batch);
    assertThat(BatchCodec.readHeader(bytes)).isEqualTo(batch.header());
    assertThat(BatchCodec.verify(bytes)).isEqualTo(batch.header());
  }

  @Property
  void everyDoubleComesBackBitForBit(@ForAll @Size(min = 1, max = 50) List<Long> bits)
      throws WireFormatException {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < bits.size(); i++) {
      readings.add(
          new Reading("s", "k", i, Map.of("m", Value.of(Double.longBitsToDouble(bits.get(i))))));
    }
    byte[] bytes = BatchCodec.encode(Batch.ofReadings("d", 1, 0, readings, bits.size(), 0));

    List<Reading> decoded = BatchCodec.decode(bytes).readings();
    for (int i = 0; i < bits.size(); i++) {
      double value = ((Value.Num) decoded.get(i).values().get("m")).value();
      assertThat(Double.doubleToRawLongBits(value)).isEqualTo(bits.get(i));
    }
  }

  @Property
  void protobufReadsTheSame(@ForAll("batches") Batch batch) throws InvalidProtocolBufferException {
    io.tidemark.wire.generated.Batch proto =
        io.tidemark.wire.generated.Batch.parseFrom(BatchCodec.encode(batch));

    assertThat(ProtobufView.of(proto)).isEqualTo(batch);
  }

  @Property
  void whatProtobufWritesIsRead(@ForAll("batches") Batch batch)
      throws InvalidProtocolBufferException, WireFormatException {
    byte[] written =
        io.tidemark.wire.generated.Batch.parseFrom(BatchCodec.encode(batch)).toBuilder()
            .clearCrc32C()
            .build()
            .toByteArray();

    assertThat(BatchCodec.decode(withCrc(written))).isEqualTo(batch);
  }

  @Property
  void anyBytesAreDecodedOrNamed(@ForAll @Size(max = 2_000) byte[] bytes) {
    assertHarmless(bytes);
    byte[] likelier = new byte[bytes.length + 2];
    likelier[0] = 0x08;
    likelier[1] = 0x01;
    System.arraycopy(bytes, 0, likelier, 2, bytes.length);
    assertHarmless(withCrc(likelier));
  }

  /** Changed within, but with a CRC that is right: it is the body's reader that has to cope. */
  @Property
  void changedBatchesAreDecodedOrNamed(
      @ForAll("batches") Batch batch, @ForAll @LongRange(min = 0) long seed) {
    byte[] whole = BatchCodec.encode(batch);
    byte[] bytes = Arrays.copyOf(whole, whole.length - 5);
    Random random = new Random(seed);
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        default -> bytes = Arrays.copyOf(bytes, Math.max(2, at));
      }
    }
    assertHarmless(withCrc(bytes));
  }

  static byte[] withCrc(byte[] bytes) {
    byte[] crc = Fixture.crcPart(bytes);
    byte[] whole = Arrays.copyOf(bytes, bytes.length + crc.length);
    System.arraycopy(crc, 0, whole, bytes.length, crc.length);
    return whole;
  }

  /** Decodes or fails as documented, within the documented allocation. */
  static void assertHarmless(byte[] bytes) {
    long first = allocatedByDecoding(bytes);
    // The first failure of its kind also loads the classes that word its message; the second shows
    // what the bytes cost.
    long allocated = Math.min(first, allocatedByDecoding(bytes));
    assertThat(allocated)
        .as("bytes allocated for %d bytes of input", bytes.length)
        .isLessThanOrEqualTo(
            (long) bytes.length * BatchCodec.DECODED_BYTES_PER_BYTE
                + BatchCodec.DECODED_BYTES_FIXED);
  }

  private static long allocatedByDecoding(byte[] bytes) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      BatchCodec.decode(bytes);
    } catch (WireFormatException e) {
      requireWithin(e.offset(), bytes);
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** Cheaper than an AssertJ assertion, whose own allocations would be measured too. */
  private static void requireWithin(int offset, byte[] bytes) {
    if (offset < 0 || offset > bytes.length) {
      throw new AssertionError("offset " + offset + " is outside the " + bytes.length + " bytes");
    }
  }

  @Provide
  Arbitrary<Batch> batches() {
    return Arbitraries.frequencyOf(
        net.jqwik.api.Tuple.of(8, batchesOfReadings()),
        net.jqwik.api.Tuple.of(1, drops()),
        net.jqwik.api.Tuple.of(1, statuses()));
  }

  private Arbitrary<Batch> batchesOfReadings() {
    return Combinators.combine(
            devices(),
            epochs(),
            sequences(),
            readings().list().ofMinSize(1).ofMaxSize(40),
            sequences())
        .as(
            (device, epoch, first, readings, kept) -> {
              long next = first + readings.size();
              return Batch.ofReadings(device, epoch, first, readings, next, Math.min(kept, next));
            });
  }

  private Arbitrary<Batch> drops() {
    return Combinators.combine(
            devices(),
            epochs(),
            sequences(),
            Arbitraries.longs().between(1, 1L << 40),
            Arbitraries.of("journal_full", "expired", "refused:0x99"))
        .as(
            (device, epoch, first, count, reason) ->
                Batch.ofDrop(device, epoch, first, count, reason, first + count, first));
  }

  private Arbitrary<Batch> statuses() {
    return Combinators.combine(devices(), epochs(), sequences())
        .as((device, epoch, next) -> Batch.ofStatus(device, epoch, next, next / 2));
  }

  private Arbitrary<Reading> readings() {
    Arbitrary<Map<String, Value>> values =
        Arbitraries.maps(Arbitraries.of("temperature", "t", "open", "state", "x.y"), values())
            .ofMinSize(1)
            .ofMaxSize(5)
            .map(LinkedHashMap::new);
    return Combinators.combine(
            Arbitraries.of("main", "roof", "door"),
            Arbitraries.of("bme280", "contact"),
            Arbitraries.longs(),
            values)
        .as(Reading::new);
  }

  private Arbitrary<Value> values() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(-4_000, 12_000).map(n -> Value.of(n / 100.0)),
        Arbitraries.integers().map(n -> Value.of(n / 25_600.0)),
        Arbitraries.floats().map(f -> Value.of((double) f)),
        Arbitraries.longs().map(bits -> Value.of(Double.longBitsToDouble(bits))),
        Arbitraries.of(true, false).map(Value::of),
        Arbitraries.strings().ascii().ofMaxLength(20).map(Value::of),
        Arbitraries.of("", "äöü", "𝄞 tide").map(Value::of));
  }

  private Arbitrary<String> devices() {
    return Arbitraries.strings()
        .withCharRange('a', 'z')
        .withCharRange('A', 'Z')
        .withCharRange('0', '9')
        .withChars("._:-")
        .ofMinLength(1)
        .ofMaxLength(128);
  }

  private Arbitrary<Long> epochs() {
    return Arbitraries.longs().between(1, Limits.NUMBER_MAX);
  }

  private Arbitrary<Long> sequences() {
    return Arbitraries.longs().between(0, 1L << 50);
  }
}
