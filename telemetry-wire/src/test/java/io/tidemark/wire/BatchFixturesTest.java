package io.tidemark.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The format, byte by byte: what is written today must be readable for ever, and what is broken
 * must be named.
 */
class BatchFixturesTest {

  static final Map<String, Batch> GOLDEN = golden();

  private static Map<String, Batch> golden() {
    Map<String, Value> full = new LinkedHashMap<>();
    full.put("temperature", Value.of(21.5));
    full.put("note", Value.of("x"));
    long start = 1_000_000_000_000_000_000L;
    List<Reading> readings =
        List.of(
            new Reading("roof", "bme280", start, full),
            new Reading("door", "contact", start + 5, Map.of("open", Value.of(true))),
            new Reading(
                "roof", "bme280", start + 2_000_000_000L, Map.of("temperature", Value.of(21.4))));
    return Map.of(
        "golden-status", Batch.ofStatus("d1", 5, 7, 7),
        "golden-drop", Batch.ofDrop("d1", 5, 2, 1024, "journal_full", 2056, 1025),
        "golden-readings", Batch.ofReadings("d1", 5, 0, readings, 3, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"golden-status", "golden-drop", "golden-readings"})
  void goldenBytesAreReadAndWritten(String name) throws WireFormatException {
    byte[] bytes = Fixture.load(name).bytes();
    Batch batch = GOLDEN.get(name);

    assertThat(BatchCodec.decode(bytes)).isEqualTo(batch);
    assertThat(BatchCodec.encode(batch)).asHexString().isEqualTo(hex(bytes));
    assertThat(BatchCodec.readHeader(bytes)).isEqualTo(batch.header());
    assertThat(BatchCodec.verify(bytes)).isEqualTo(batch.header());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bad-version",
        "bad-truncated",
        "bad-crc",
        "bad-epoch-zero",
        "bad-device",
        "bad-header-order",
        "bad-past-next",
        "bad-no-series",
        "bad-count",
        "bad-length",
        "bad-no-values",
        "bad-value-count",
        "bad-two-types",
        "bad-metric-twice",
        "bad-varint",
        "bad-utf8",
        "bad-gap",
        "bad-field-twice",
      })
  void brokenBytesAreNamed(String name) {
    Fixture fixture = Fixture.load(name);

    assertThatThrownBy(() -> BatchCodec.decode(fixture.bytes()))
        .isInstanceOf(WireFormatException.class)
        .hasMessageContaining(fixture.expectedMessage())
        .extracting(e -> ((WireFormatException) e).offset())
        .isEqualTo(fixture.expectedOffset());
  }

  @Test
  void everyTruncationIsRefused() {
    GOLDEN
        .keySet()
        .forEach(
            name -> {
              byte[] bytes = Fixture.load(name).bytes();
              for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> BatchCodec.decode(cut))
                    .as("%s cut to %d bytes", name, length)
                    .isInstanceOf(WireFormatException.class);
              }
            });
  }

  @Test
  void everyFlippedBitIsRefused() {
    GOLDEN
        .keySet()
        .forEach(
            name -> {
              byte[] bytes = Fixture.load(name).bytes();
              for (int bit = 0; bit < bytes.length * 8; bit++) {
                byte[] flipped = bytes.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                assertThatThrownBy(() -> BatchCodec.decode(flipped))
                    .as("%s with bit %d flipped", name, bit)
                    .isInstanceOf(WireFormatException.class);
              }
            });
  }

  @Test
  void fieldsOfLaterVersionsAreSkipped() throws WireFormatException {
    Batch batch = BatchCodec.decode(Fixture.load("golden-with-later-fields").bytes());

    assertThat(batch)
        .isEqualTo(
            Batch.ofReadings(
                "d1", 5, 0, List.of(new Reading("s", "k", 1, Map.of("m", Value.of(1.0)))), 1, 0));
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().withUpperCase().formatHex(bytes);
  }
}
