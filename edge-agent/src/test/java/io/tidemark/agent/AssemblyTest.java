package io.tidemark.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.journal.JournalSettings;
import io.tidemark.agent.sensor.Bus;
import io.tidemark.agent.sensor.Sampler;
import io.tidemark.agent.sensor.SensorException;
import io.tidemark.wire.Value;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is configured is what the rooms are given. */
class AssemblyTest {
  private static final AgentConfig CONFIG =
      new AgentConfig(
          "pi-1",
          List.of(URI.create("tcp://g:1883")),
          new AgentConfig.Journal(
              Path.of("/j"), 5L << 20, Duration.ofHours(3), Duration.ofMillis(70)),
          List.of(
              new AgentConfig.Sensor(
                  "roof", "bme280", OptionalInt.empty(), 0x76, Duration.ofSeconds(7)),
              new AgentConfig.Sensor(
                  "cellar", "bme280", OptionalInt.empty(), 0x77, Duration.ofSeconds(8)),
              new AgentConfig.Sensor(
                  "attic", "bme280", OptionalInt.of(211), 0x76, Duration.ofSeconds(9))));

  @Test
  void theJournalIsAsConfigured() {
    assertThat(Assembly.journalSettings(CONFIG))
        .isEqualTo(
            new JournalSettings(
                Path.of("/j"), "pi-1", 5L << 20, Duration.ofHours(3), Duration.ofMillis(70)));
  }

  @Test
  void theSensorsAreAsConfigured() throws Exception {
    Map<OptionalInt, Bus> buses = new HashMap<>();
    List<Sampler.Pace> paces = Assembly.paces(CONFIG, buses);

    assertThat(paces).extracting(Sampler.Pace::id).containsExactly("roof", "cellar", "attic");
    assertThat(paces).extracting(pace -> pace.interval().toSeconds()).containsExactly(7L, 8L, 9L);
    assertThat(paces).extracting(pace -> pace.sensor().kind()).containsOnly("bme280");
    Map<String, Value> roof = paces.get(0).sensor().read();
    assertThat(paces.get(1).sensor().read()).isNotEqualTo(roof); // another address, another chip
    assertThatThrownBy(() -> paces.get(2).sensor().read())
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("bus 211");
    buses.values().forEach(Bus::close);
  }
}
