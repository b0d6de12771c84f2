package io.tidemark.gateway.intake.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever the bytes are: readings, or a refusal with a reason; nothing else, and at once. */
final class ForeignProperties {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private static final List<byte[]> SEEDS =
      List.of(
          utf8(
              "[{\"sensor\":\"roof\",\"kind\":\"k\",\"time\":\"2026-03-01T11:00:00Z\",\"values\":{\"t\":21.5,\"n\":\"\u00e9\",\"f\":true},\"epoch\":3,\"sequence\":9},{\"x\":-1e-3}]"),
          utf8(
              "[{\"bn\":\"a/\",\"bt\":1.7e9,\"bv\":2,\"n\":\"t\",\"v\":1.25},{\"n\":\"s\",\"vs\":\"x\"},{\"n\":\"b\",\"vb\":false,\"t\":-3}]"),
          HexFormat.of()
              .parseHex(
                  "82a421626e2f22fb41d954fc400000000061740267737472696e6773a3006163062003646f6e6521a1"));

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Reads as any type. */
  private static void read(byte[] payload) {
    for (PayloadType type : PayloadType.values()) {
      if (type != PayloadType.BATCH) {
        read(payload, type);
      }
    }
  }

  /** Reads as this type; encodes whatever comes out of it. */
  static void read(byte[] payload, PayloadType type) {
    try {
      Foreign foreign = Foreign.read(payload, type, NOW);
      for (byte[] batch : foreign.encodeNumbered("d")) {
        BatchCodec.decode(batch);
      }
      int readings = 0;
      for (byte[] batch : foreign.encodeUnnumbered("d", 1, 0)) {
        readings += BatchCodec.decode(batch).readings().size();
      }
      assertThat(readings).isEqualTo(foreign.unnumbered());
    } catch (ForeignFormatException refused) {
      assertThat(refused.getMessage()).isNotBlank().hasSizeLessThan(600);
    } catch (io.tidemark.wire.WireFormatException e) {
      throw new AssertionError("what was encoded does not decode", e);
    }
  }

  @Example
  void cutAtEveryByte() {
    for (byte[] seed : SEEDS) {
      for (int length = 0; length <= seed.length; length++) {
        read(Arrays.copyOf(seed, length));
      }
    }
  }

  @Example
  void everyBitFlipped() {
    for (byte[] seed : SEEDS) {
      for (int bit = 0; bit < seed.length * 8; bit++) {
        byte[] flipped = seed.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        read(flipped);
      }
    }
  }

  @Property(tries = 3_000)
  void piecesPutTogetherAtRandom(@ForAll long seed) {
    Random random = new Random(seed);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = random.nextInt(8); i >= 0; i--) {
      byte[] from = SEEDS.get(random.nextInt(SEEDS.size()));
      int begin = random.nextInt(from.length);
      out.write(from, begin, random.nextInt(from.length - begin) + 1);
    }
    read(out.toByteArray());
  }

  @Property(tries = 2_000)
  void anyBytes(@ForAll byte[] bytes) {
    read(bytes);
  }

  @Property(tries = 500)
  void numbersComeThroughBitForBit(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    Map<String, Value> values = new LinkedHashMap<>();
    StringBuilder json = new StringBuilder("{\"values\":{");
    for (int i = 0; i <= random.nextInt(6); i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      value = Double.isFinite(value) ? value : -0.0;
      values.put("m" + i, Value.of(value));
      json.append(i > 0 ? "," : "").append("\"m").append(i).append("\":").append(value);
    }
    long sequence = random.nextLong(1L << 52);
    json.append("},\"epoch\":4,\"sequence\":").append(sequence);
    json.append(",\"time\":\"2026-03-01T11:00:00.25Z\"}");
    Batch batch =
        BatchCodec.decode(
            Foreign.read(utf8(json.toString()), PayloadType.JSON, NOW).encodeNumbered("d").get(0));
    assertThat(batch.header().firstSequence()).isEqualTo(sequence);
    assertThat(batch.readings())
        .containsExactly(
            new Reading(
                "main", "telemetry", 1_772_362_800_250_000_000L + sequence % 1_000_000, values));
  }
}
