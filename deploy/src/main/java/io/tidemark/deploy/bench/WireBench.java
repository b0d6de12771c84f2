package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import io.tidemark.wire.WireFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The batch format against what people commonly send instead: JSON by Jackson, compressed with
 * gzip. Both carry the same minute of BME280 readings.
 */
public final class WireBench {
  private static final int READINGS = 60;
  private static final Duration WARM_UP = Duration.ofSeconds(1);

  private final Duration time;
  private final Batch batch =
      Batch.ofReadings("greenhouse-north-07", 6_755_399_441_055_744L, 0, minute(), READINGS, 0);
  private final ObjectMapper json = new ObjectMapper();

  /** Prepares the input; measures each of four tasks for {@code time}. */
  public WireBench(Duration time) {
    this.time = time;
  }

  /** One line of the result: ours, the peer's, and how many times better ours is. */
  public record Line(String what, double ours, double peer, double ratio) {}

  /** Measures. Takes about four times the time given, and warming up. */
  public List<Line> run() throws IOException, WireFormatException {
    byte[] ours = BatchCodec.encode(batch);
    byte[] peers = jsonEncode();
    double oursEncode = readingsPerSecond(() -> BatchCodec.encode(batch).length);
    double peerEncode = readingsPerSecond(() -> jsonEncode().length);
    double oursDecode = readingsPerSecond(() -> BatchCodec.decode(ours).readings().size());
    double peerDecode = readingsPerSecond(() -> jsonDecode(peers).size());
    return List.of(
        new Line(
            "bytes a reading",
            ours.length / (double) READINGS,
            peers.length / (double) READINGS,
            peers.length / (double) ours.length),
        new Line("readings encoded a second", oursEncode, peerEncode, oursEncode / peerEncode),
        new Line("readings decoded a second", oursDecode, peerDecode, oursDecode / peerDecode));
  }

  private interface Task {
    int run() throws IOException, WireFormatException;
  }

  private double readingsPerSecond(Task task) throws IOException, WireFormatException {
    repeat(task, WARM_UP);
    long started = System.nanoTime();
    long runs = repeat(task, time);
    return runs * READINGS * 1e9 / (System.nanoTime() - started);
  }

  private static long repeat(Task task, Duration time) throws IOException, WireFormatException {
    long deadline = System.nanoTime() + time.toNanos();
    long runs = 0;
    long used = 0;
    while (System.nanoTime() < deadline) {
      used += task.run();
      runs++;
    }
    if (used == 0) {
      throw new IllegalStateException("nothing was measured");
    }
    return runs;
  }

  private byte[] jsonEncode() throws IOException {
    ArrayNode array = json.createArrayNode();
    for (int i = 0; i < READINGS; i++) {
      Reading reading = batch.readings().get(i);
      ObjectNode node = array.addObject();
      node.put("sensor", reading.sensor());
      node.put("kind", reading.kind());
      node.put("time", reading.timeNanos());
      node.put("epoch", batch.header().epoch());
      node.put("sequence", batch.header().firstSequence() + i);
      ObjectNode values = node.putObject("values");
      reading.values().forEach((metric, value) -> values.put(metric, ((Value.Num) value).value()));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      json.writeValue(gzip, array);
    }
    return bytes.toByteArray();
  }

  private List<Reading> jsonDecode(byte[] bytes) throws IOException {
    JsonNode array = json.readTree(new GZIPInputStream(new ByteArrayInputStream(bytes)));
    List<Reading> readings = new ArrayList<>();
    for (JsonNode node : array) {
      Map<String, Value> values = new LinkedHashMap<>();
      node.path("values")
          .properties()
          .forEach(entry -> values.put(entry.getKey(), Value.of(entry.getValue().asDouble())));
      readings.add(
          new Reading(
              node.path("sensor").asText(),
              node.path("kind").asText(),
              node.path("time").asLong(),
              values));
    }
    return readings;
  }

  /**
   * As a BME280's driver gives them: steps of 0.01 °C, 1/256 Pa and 1/1024 %, with the datasheet's
   * noise.
   */
  private static List<Reading> minute() {
    Random random = new Random(7);
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < READINGS; i++) {
      Map<String, Value> values = new LinkedHashMap<>();
      values.put(
          "temperature", Value.of(Math.rint((21.3 + 0.005 * random.nextGaussian()) * 100) / 100.0));
      values.put(
          "pressure",
          Value.of(Math.rint((101_325 + 0.2 * random.nextGaussian()) * 256) / 25_600.0));
      values.put(
          "humidity", Value.of(Math.rint((47.5 + 0.02 * random.nextGaussian()) * 1024) / 1024.0));
      long late = 100_000 + (long) (30_000 * Math.abs(random.nextGaussian()));
      readings.add(
          new Reading(
              "outside", "bme280", 1_790_000_000_000_000_000L + i * 1_000_000_000L + late, values));
    }
    return readings;
  }
}
