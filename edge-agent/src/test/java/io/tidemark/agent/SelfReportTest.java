package io.tidemark.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.agent.journal.JournalCounts;
import io.tidemark.agent.sensor.Sampler.Standing;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Value;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelfReportTest {
  private static final Instant STARTED = Instant.parse("2026-03-01T12:00:00.123Z");

  static SelfReport report(List<Standing> sensors, long waiting) {
    JournalCounts counts = new JournalCounts(0, Map.of(), 0, 0, Map.of(), waiting, 0, 0);
    return new SelfReport("1.2.3", STARTED, () -> sensors, () -> counts);
  }

  @Test
  void itSaysWhichReleaseItIsAndThatAllSensorsWork() {
    assertThat(report(List.of(new Standing("roof", "bme280", "")), 7).read())
        .containsEntry("version", Value.of("1.2.3"))
        .containsEntry("started", Value.of("2026-03-01T12:00:00Z"))
        .containsEntry("waiting", Value.of(7))
        .containsEntry("failing", Value.of(0))
        .doesNotContainKey("fault");
  }

  @Test
  void itSaysWhichSensorsFailAndWhy() {
    assertThat(
            report(
                    List.of(
                        new Standing("roof", "bme280", "nothing answers at 0x76"),
                        new Standing("pi", "board", ""),
                        new Standing("boiler", "ds18b20", "wrong CRC")),
                    0)
                .read())
        .containsEntry("failing", Value.of(2))
        .containsEntry(
            "fault",
            Value.of("roof (bme280): nothing answers at 0x76; boiler (ds18b20): wrong CRC"));
  }

  @Test
  void ofALongFaultIsSaidWhatATextCanHold() {
    String words = "\u00b0\ud83c\udf21".repeat(1_000);
    Value said = report(List.of(new Standing("roof", "bme280", words)), 0).read().get("fault");
    assertThat(said).isInstanceOf(Value.Text.class);
    String text = ((Value.Text) said).value();
    assertThat(text).startsWith("roof (bme280): \u00b0\ud83c\udf21");
    assertThat(text.getBytes(StandardCharsets.UTF_8).length)
        .isBetween(Limits.TEXT_MAX_BYTES - 3, Limits.TEXT_MAX_BYTES);
  }
}
