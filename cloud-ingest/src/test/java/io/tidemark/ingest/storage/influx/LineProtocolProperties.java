package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.TemporaryFolder;
import io.tidemark.wire.Value;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/**
 * What is written is what is read, whatever the characters: asked of a real influxd. Names are
 * tried with characters that today's rules for names do not allow.
 */
final class LineProtocolProperties {
  private static final AtomicLong TIME = new AtomicLong(1_772_323_200_000_000_000L);
  private static @Nullable TemporaryFolder folder;
  private static @Nullable InfluxServer server;
  private static @Nullable InfluxConnection connection;

  @BeforeContainer
  static void start() throws Exception {
    folder = new TemporaryFolder();
    server = InfluxServer.start(folder.path());
    connection = new InfluxConnection(server.settings("lines"));
    connection.ensureReady();
  }

  @AfterContainer
  static void stop() throws Exception {
    if (connection != null && server != null) {
      connection.close();
      server.close();
      folder.close();
    }
  }

  /** Everything the protocol or InfluxQL gives a meaning, and more. */
  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings()
        .withChars(",= \"'\\#/.:-_\u00e9\u6e29")
        .withCharRange('a', 'c')
        .ofMinLength(1)
        .ofMaxLength(64)
        // A name cannot end in a backslash, begin with # or be without any other character.
        .filter(name -> !name.endsWith("\\") && !name.contains("\\") && !name.startsWith("#"));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars(",= \"'\\\n\r\t\u0000\u00e9\u6e29#{}[]")
        .withCharRange('a', 'c')
        .ofMaxLength(60);
  }

  @Property(tries = 400)
  void whatIsWrittenIsWhatIsRead(
      @ForAll("names") String measurement,
      @ForAll("names") String tag,
      @ForAll("names") String tagValue,
      @ForAll("names") String number,
      @ForAll double value,
      @ForAll("texts") String text,
      @ForAll boolean flag)
      throws Exception {
    double finite = Double.isFinite(value) ? value : -0.0;
    long time = TIME.incrementAndGet();
    LineBytes line = new LineBytes(1);
    LineProtocol.measurement(line, measurement);
    LineProtocol.tag(line, "t" + tag, tagValue);
    line.put((byte) ' ');
    LineProtocol.field(line, "n" + number, Value.of(finite));
    line.put((byte) ',');
    LineProtocol.field(line, "x" + number, Value.of(text));
    line.put((byte) ',');
    LineProtocol.field(line, "f" + number, Value.of(flag));
    line.put((byte) ' ');
    line.put(time);
    line.put((byte) '\n');
    java.util.Objects.requireNonNull(connection).write(line.toString());

    Map<String, @Nullable String> read = read(measurement, time);
    assertThat(read.get("tag t" + tag)).isEqualTo(tagValue);
    assertThat(Double.doubleToRawLongBits(Double.parseDouble(read.get("n" + number))))
        .isEqualTo(Double.doubleToRawLongBits(finite));
    assertThat(read.get("x" + number + "_text")).isEqualTo(text);
    assertThat(read.get("f" + number + "_bool")).isEqualTo(Boolean.toString(flag));
  }

  private static Map<String, @Nullable String> read(String measurement, long time)
      throws Exception {
    Map<String, @Nullable String> found = new HashMap<>();
    java.util.Objects.requireNonNull(connection)
        .query(
            "SELECT * FROM "
                + InfluxQl.identifier(measurement)
                + " WHERE time = "
                + time
                + " GROUP BY *",
            (series, values) -> {
              assertThat(series.name()).isEqualTo(measurement);
              keep(series, values, found);
            });
    return found;
  }

  private static void keep(
      QueryAnswer.Series series,
      List<@Nullable String> values,
      Map<String, @Nullable String> found) {
    new LinkedHashMap<>(series.tags())
        .forEach(
            (tag, value) -> {
              if (!value.isEmpty()) {
                found.put("tag " + tag, value);
              }
            });
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i) != null) {
        found.put(series.columns().get(i), values.get(i));
      }
    }
  }
}
