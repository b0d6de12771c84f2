package io.tidemark.agent;

import io.tidemark.agent.journal.JournalCounts;
import io.tidemark.agent.sensor.Sampler;
import io.tidemark.agent.sensor.Sensor;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The agent as a sensor of itself, so that what it says comes by the way of every reading: {@code
 * version} and {@code started} (texts; when its process did, as ISO 8601 in UTC), {@code waiting}
 * (readings in the journal that no gateway has acknowledged), {@code failing} (how many sensors
 * give no reading now), and where one fails {@code fault} (text: which, and why).
 */
final class SelfReport implements Sensor {
  static final String KIND = "agent";

  private final String version;
  private final Supplier<List<Sampler.Standing>> sensors;
  private final Supplier<JournalCounts> journal;
  private final Instant started;

  /**
   * For one process.
   *
   * @param version of the agent
   * @param started when the process was
   * @param sensors how each sensor is, this one included
   */
  SelfReport(
      String version,
      Instant started,
      Supplier<List<Sampler.Standing>> sensors,
      Supplier<JournalCounts> journal) {
    this.version = version;
    this.started = started.truncatedTo(ChronoUnit.SECONDS);
    this.sensors = sensors;
    this.journal = journal;
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public Map<String, Value> read() {
    List<Sampler.Standing> failing =
        sensors.get().stream().filter(sensor -> !sensor.problem().isEmpty()).toList();
    Map<String, Value> values = new LinkedHashMap<>();
    values.put("version", Value.of(version));
    values.put("started", Value.of(started.toString()));
    values.put("waiting", Value.of(journal.get().waiting()));
    values.put("failing", Value.of(failing.size()));
    if (!failing.isEmpty()) {
      String words =
          failing.stream()
              .map(it -> "%s (%s): %s".formatted(it.sensor(), it.kind(), it.problem()))
              .collect(Collectors.joining("; "));
      values.put("fault", Value.of(cut(words)));
    }
    return values;
  }

  /** As much as a text value may have. */
  private static String cut(String words) {
    String text = words;
    while (text.getBytes(StandardCharsets.UTF_8).length > Limits.TEXT_MAX_BYTES) {
      text = text.substring(0, text.offsetByCodePoints(text.length(), -1));
    }
    return text;
  }

  @Override
  public void close() {
    // has nothing open
  }
}
