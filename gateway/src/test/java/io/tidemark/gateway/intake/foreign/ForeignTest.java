package io.tidemark.gateway.intake.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What JSON and SenML become, and what is said of those that become nothing. */
final class ForeignTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123456Z");
  private static final long NOW_MILLIS = NOW.toEpochMilli();

  private static Foreign json(String text) throws ForeignFormatException {
    return Foreign.read(text.getBytes(StandardCharsets.UTF_8), PayloadType.JSON, NOW);
  }

  private static Foreign senml(String text) throws ForeignFormatException {
    return Foreign.read(text.getBytes(StandardCharsets.UTF_8), PayloadType.SENML_JSON, NOW);
  }

  private static List<Reading> readings(Foreign foreign) throws Exception {
    List<Reading> readings = new ArrayList<>();
    for (byte[] batch : foreign.encodeUnnumbered("d", 5, 0)) {
      readings.addAll(BatchCodec.decode(batch).readings());
    }
    return readings;
  }

  private static Reading reading(
      int sequence, String sensor, long timeMillis, Map<String, Value> values) {
    return new Reading(sensor, "telemetry", timeMillis * 1_000_000 + sequence, values);
  }

  private static Value n(double number) {
    return Value.of(number);
  }

  @Test
  void anObjectOfMetricsIsAReadingOfNow() throws Exception {
    Foreign foreign =
        json(
            "{\"temperature\":21.5,\"count\":3,\"on\":true,\"note\":\"w\\u00e4rm\",\"gone\":null}");
    assertThat(foreign.count()).isOne();
    assertThat(readings(foreign))
        .containsExactly(
            reading(
                0,
                "main",
                NOW_MILLIS,
                Map.of(
                    "temperature",
                    n(21.5),
                    "count",
                    n(3),
                    "on",
                    Value.of(true),
                    "note",
                    Value.of("w\u00e4rm"))));
  }

  @Test
  void aReadingMaySayWhoseAndOfWhenItIs() throws Exception {
    Foreign foreign =
        json(
            "[{\"sensor\":\"roof\",\"kind\":\"bme280\",\"time\":\"2026-03-01T13:00:00.9876+02:00\",\"values\":{\"t\":1}},"
                + "{\"values\":{\"t\":2}},{\"t\":3}]");
    assertThat(readings(foreign))
        .containsExactly(
            new Reading(
                "roof",
                "bme280",
                Instant.parse("2026-03-01T11:00:00.987Z").toEpochMilli() * 1_000_000,
                Map.of("t", n(1))),
            reading(1, "main", NOW_MILLIS, Map.of("t", n(2))),
            reading(2, "main", NOW_MILLIS, Map.of("t", n(3))));
  }

  @Test
  void numberedReadingsBecomeTheSameBytesEveryTime() throws Exception {
    String item =
        "{\"epoch\":77,\"sequence\":%d,\"time\":\"2026-03-01T11:00:00.5Z\",\"values\":{\"t\":%d}}";
    String text =
        IntStream.of(1_000_003, 1_000_004, 9, 7)
            .mapToObj(n -> item.formatted(n, n))
            .collect(Collectors.joining(",", "[", "]"));
    List<byte[]> batches = json(text).encodeNumbered("d");
    assertThat(batches).usingRecursiveComparison().isEqualTo(json(text).encodeNumbered("d"));
    List<Batch> decoded = new ArrayList<>();
    for (byte[] batch : batches) {
      decoded.add(BatchCodec.decode(batch));
    }
    assertThat(decoded)
        .extracting(batch -> batch.header().firstSequence())
        .containsExactly(1_000_003L, 9L, 7L);
    assertThat(decoded.get(0).header().foreign()).isTrue();
    assertThat(decoded.get(0).header().epoch()).isEqualTo(77);
    assertThat(decoded.get(0).readings())
        .extracting(Reading::timeNanos)
        .as("the nanoseconds are the number's last six digits")
        .containsExactly(1_772_362_800_500_000_003L, 1_772_362_800_500_000_004L);
    assertThat(json(text).unnumbered()).isZero();
  }

  @Test
  void anObjectByItselfIsNoSenmlWhateverItsMetricsAreCalled() throws Exception {
    Batch batch = BatchCodec.decode(json(" {\"n\":1,\"bn\":2}").encodeUnnumbered("d", 5, 0).get(0));
    assertThat(batch.readings().get(0).values())
        .isEqualTo(Map.of("n", Value.of(1), "bn", Value.of(2)));
  }

  @Test
  void whatDoesNotFitIntoOneBatchGoesInSeveral() throws Exception {
    String text =
        IntStream.range(0, 200)
            .mapToObj(i -> "{\"m%d\":\"%s\"}".formatted(i, "x".repeat(1_200)))
            .collect(Collectors.joining(",", "[", "]"));
    Foreign foreign = json(text);
    List<byte[]> batches = foreign.encodeUnnumbered("d", 5, 30);
    assertThat(batches).hasSizeGreaterThanOrEqualTo(1);
    long next = 30;
    for (byte[] batch : batches) {
      Batch decoded = BatchCodec.decode(batch);
      assertThat(decoded.header().firstSequence()).isEqualTo(next);
      next = decoded.header().nextSequence();
    }
    assertThat(next).isEqualTo(230);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                                        | the payload is empty",
        "21.5                                      | send an object of metrics",
        "[]                                        | the array is empty",
        "[21.5]                                    | something else than objects",
        "{}                                        | without a value",
        "{\"t\":null}                              | without a value",
        "{\"t\":1                                  | not JSON",
        "{\"t\":1} {\"t\":2}                       | something follows",
        "{\"t\":1,\"t\":2}                         | t stands twice",
        "{\"t\":[1]}                               | is no plain value",
        "{\"a\":{\"b\":1}}                         | metric a is no plain value",
        "{\"values\":{\"a\":{\"b\":1}}}            | an object within an object",
        "{\"a b\":1}                               | a metric is named by 1 to 64",
        "{\"time\":\"2026-03-01T00:00:00Z\",\"t\":1}| time is no metric",
        "{\"values\":{\"t\":1},\"unit\":\"C\"}     | unit is not known beside values",
        "{\"values\":{\"t\":1},\"time\":5}         | time must be a text",
        "{\"values\":{\"t\":1},\"time\":\"today\"} | but is \"today\"",
        "{\"values\":{\"t\":1},\"time\":\"+999999999-01-01T00:00:00Z\"} | between the years",
        "{\"values\":{\"t\":1},\"sensor\":\"a/b\"} | a sensor is named by",
        "{\"values\":{\"t\":1},\"sensor\":7}       | sensor must be a text",
        "{\"values\":{\"t\":1},\"epoch\":1,\"time\":\"2026-03-01T00:00:00Z\"} | come together",
        "{\"values\":{\"t\":1},\"epoch\":1,\"sequence\":0} | needs its time",
        "{\"values\":{\"t\":1},\"epoch\":0,\"sequence\":0,\"time\":\"2026-03-01T00:00:00Z\"} | epoch must be a whole number",
        "{\"values\":{\"t\":1},\"epoch\":1,\"sequence\":1.5,\"time\":\"2026-03-01T00:00:00Z\"} | sequence must be a whole number",
        "{\"t\":9007199254740993}                  | beyond 2^53",
        "{\"t\":123456789012345678901234567890}    | beyond 2^53",
        "{\"t\":1e999}                             | no finite number",
        "{\"t\":NaN}                               | not JSON",
        "{\"t\":\"\\ud800\"}                       | half a surrogate",
      })
  void whatIsWrongWithJsonIsSaid(String text, String message) {
    assertThatThrownBy(() -> json(text == null ? "" : text))
        .isInstanceOf(ForeignFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void limitsAreKept() throws Exception {
    assertRefused("{\"t\":\"" + "x".repeat(4_097) + "\"}", "4096");
    assertRefused("{\"" + "x".repeat(300) + "\":1}", "not JSON, or beyond a limit");
    assertRefused("{\"t\":" + "1".repeat(500) + "}", "beyond a limit");
    assertRefused("[".repeat(50_000), "something else than objects");
    assertRefused("{\"a\":".repeat(50_000), "");
    assertRefused(repeated(16_385, i -> "{\"t\":1}"), "more than 16384 records");
    assertThat(json(repeated(16_384, i -> "{\"t\":1}")).count()).isEqualTo(16_384);
    assertRefused(repeated(257, i -> "{\"t" + i + "\":1}"), "257 metrics of different names");
    assertRefused(
        IntStream.range(0, 273)
            .mapToObj(i -> "\"t" + i + "\":1")
            .collect(Collectors.joining(",", "{", "}")),
        "more than 272 fields");
  }

  private static String repeated(int count, java.util.function.IntFunction<String> item) {
    return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(",", "[", "]"));
  }

  private static void assertRefused(String text, String message) {
    assertThatThrownBy(() -> json(text))
        .isInstanceOf(ForeignFormatException.class)
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400).doesNotContain("Stream"));
  }

  /** RFC 8428, section 5.1.3, where the unit is left to the reader. */
  @Test
  void theStandardsExampleOfSeveralMeasurements() throws Exception {
    Foreign foreign =
        json(
            "[{\"bn\":\"urn:dev:ow:10e2073a0108006:\",\"bt\":1.276020076001e+09,\"bu\":\"A\",\"bver\":5,"
                + "\"n\":\"voltage\",\"u\":\"V\",\"v\":120.1},"
                + "{\"n\":\"current\",\"t\":-5,\"v\":1.2},{\"n\":\"current\",\"t\":-4,\"v\":1.3},"
                + "{\"n\":\"current\",\"v\":1.7}]");
    String name = "urn.dev.ow.10e2073a0108006.";
    assertThat(readings(foreign))
        .containsExactly(
            reading(
                0,
                "main",
                1_276_020_076_001L,
                Map.of(name + "voltage", n(120.1), name + "current", n(1.7))),
            reading(1, "main", 1_276_020_071_001L, Map.of(name + "current", n(1.2))),
            reading(2, "main", 1_276_020_072_001L, Map.of(name + "current", n(1.3))));
  }

  @Test
  void theSensorStandsBeforeTheLastSlash() throws Exception {
    Foreign foreign =
        senml(
            "[{\"bn\":\"attic/roof/\",\"n\":\"temperature\",\"v\":1},{\"n\":\"open\",\"vb\":false},"
                + "{\"n\":\"state\",\"vs\":\"ok\"},{\"bn\":\"humidity\",\"v\":40}]");
    assertThat(readings(foreign))
        .containsExactly(
            reading(
                0,
                "attic.roof",
                NOW_MILLIS,
                Map.of("temperature", n(1), "open", Value.of(false), "state", Value.of("ok"))),
            reading(1, "main", NOW_MILLIS, Map.of("humidity", n(40))));
  }

  @Test
  void timesAreAbsoluteFromTwoToTheTwentyEightOn() throws Exception {
    Foreign foreign =
        senml(
            "[{\"n\":\"a\",\"t\":-2.5,\"v\":1},{\"n\":\"a\",\"t\":268435455,\"v\":2},{\"n\":\"a\",\"t\":268435456,\"v\":3}]");
    assertThat(readings(foreign))
        .extracting(Reading::timeNanos)
        .containsExactly(
            (NOW_MILLIS - 2_500) * 1_000_000,
            (NOW_MILLIS + 268_435_455_000L) * 1_000_000 + 1,
            268_435_456_000L * 1_000_000 + 2);
  }

  @Test
  void baseValuesAreAddedAndHoldOn() throws Exception {
    Foreign foreign =
        senml(
            "[{\"bn\":\"s/\",\"bv\":20,\"n\":\"a\",\"v\":1.5},{\"n\":\"b\"},{\"n\":\"c\",\"bv\":-1,\"v\":1},{\"bt\":5}]");
    assertThat(readings(foreign))
        .containsExactly(reading(0, "s", NOW_MILLIS, Map.of("a", n(21.5), "b", n(20), "c", n(0))));
  }

  @Test
  void aValueWithoutABaseIsKeptBitForBit() throws Exception {
    assertThat(readings(senml("[{\"n\":\"a\",\"v\":-0.0}]")))
        .containsExactly(reading(0, "main", NOW_MILLIS, Map.of("a", n(-0.0))));
  }

  @Test
  void theSameMetricAtTheSameTimeIsAReadingOfItsOwn() throws Exception {
    assertThat(readings(senml("[{\"n\":\"a\",\"v\":1},{\"n\":\"a\",\"v\":2}]")))
        .containsExactly(
            reading(0, "main", NOW_MILLIS, Map.of("a", n(1))),
            reading(1, "main", NOW_MILLIS, Map.of("a", n(2))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{\"n\":\"a\",\"s\":1}]              | record 1: sums (s, bs) are not taken",
        "[{\"n\":\"a\",\"v\":1},{\"bs\":1}]   | record 2: sums",
        "[{\"n\":\"a\",\"v\":1,\"new_\":1}]   | new_ has to be understood",
        "[{\"n\":\"a\",\"vd\":\"YQ\"}]        | data values (vd) are not taken",
        "[{\"n\":\"a\",\"v\":1,\"vb\":true}]  | one value a record",
        "[{\"n\":\"a\"}]                      | a name without a value",
        "[{\"bn\":\"\",\"v\":1}]              | a value without a name",
        "[{\"n\":\"_a\",\"v\":1}]             | begins with a letter or a digit",
        "[{\"n\":\"a\",\"v\":\"1\"}]          | v must be a number",
        "[{\"n\":\"a\",\"vs\":1}]             | vs has another type",
        "[{\"n\":\"a\",\"v\":1,\"t\":\"x\"}]  | t must be a number",
        "[{\"n\":\"a\",\"v\":1,\"t\":1e15}]   | between the years",
        "[{\"bver\":11,\"n\":\"a\",\"v\":1}]  | bver must be 1 to 10",
        "[{\"n\":\"a\",\"v\":1},{\"bver\":5,\"n\":\"a\",\"v\":1}] | the same in all records",
        "[{\"bn\":\"x/\"}]                    | no record has a value",
        "[{\"n\":\"a\",\"bv\":1e308,\"v\":1e308}] | no finite number",
      })
  void whatIsWrongWithSenmlIsSaid(String text, String message) {
    assertThatThrownBy(() -> senml(text))
        .isInstanceOf(ForeignFormatException.class)
        .hasMessageContaining(message);
  }

  /** RFC 8428, section 6, the example in CBOR: the same as the one in section 5.1.2 in JSON. */
  @Test
  void cborIsReadByItsLabels() throws Exception {
    byte[] cbor =
        HexFormat.of()
            .parseHex(
                "87a7"
                    + "21781b75726e3a6465763a6f773a3130653230373361303130383030363a"
                    + "22fb41d303a15b00106223614120050067766f6c7461676501615602fb405e066666666666"
                    + "a3006763757272656e74062402fb3ff3333333333333"
                    + "a3006763757272656e74062302fb3ff4cccccccccccd"
                    + "a3006763757272656e74062202fb3ff6666666666666"
                    + "a3006763757272656e74062102f93e00"
                    + "a3006763757272656e74062002fb3ff999999999999a"
                    + "a3006763757272656e74060002fb3ffb333333333333");
    List<Reading> readings = readings(Foreign.read(cbor, PayloadType.SENML_CBOR, NOW));
    assertThat(readings).hasSize(6);
    String name = "urn.dev.ow.10e2073a0108006.";
    assertThat(readings.get(0).values())
        .isEqualTo(Map.of(name + "voltage", n(120.1), name + "current", n(1.7)));
    assertThat(readings.get(5).values()).isEqualTo(Map.of(name + "current", n(1.6)));
    assertThat(readings.get(0).timeNanos() / 1_000_000).isEqualTo(1_276_020_076_001L);
    assertThat(readings.get(1).timeNanos() / 1_000_000).isEqualTo(1_276_020_071_001L);
  }

  @ParameterizedTest
  @CsvSource({
    "80, the array is empty",
    "81, not CBOR",
    "8100, something else than objects",
    "81a200616108410a, data values (vd) are not taken",
    "81a20061610281f4, is no plain value",
    "81a200616102fb7ff0000000000000, no finite number",
    "81a200616102c249010000000000000000, beyond 2^53",
    "81a200616103780241, not CBOR",
  })
  void whatIsWrongWithCborIsSaid(String hex, String message) {
    assertThatThrownBy(
            () -> Foreign.read(HexFormat.of().parseHex(hex), PayloadType.SENML_CBOR, NOW))
        .isInstanceOf(ForeignFormatException.class)
        .hasMessageContaining(message);
  }
}
