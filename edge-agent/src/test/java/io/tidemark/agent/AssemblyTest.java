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
          Path.of("/i"),
          null,
          new AgentConfig.Journal(
              Path.of("/j"), 5L << 20, Duration.ofHours(3), Duration.ofMillis(70)),
          List.of(
              new AgentConfig.Sensor(
                  "roof",
                  "bme280",
                  new AgentConfig.I2c(OptionalInt.empty(), 0x76),
                  Duration.ofSeconds(7)),
              new AgentConfig.Sensor(
                  "cellar",
                  "bme280",
                  new AgentConfig.I2c(OptionalInt.empty(), 0x77),
                  Duration.ofSeconds(8)),
              new AgentConfig.Sensor(
                  "attic",
                  "bme280",
                  new AgentConfig.I2c(OptionalInt.of(211), 0x76),
                  Duration.ofSeconds(9)),
              new AgentConfig.Sensor(
                  "boiler",
                  "ds18b20",
                  new AgentConfig.OneWire(OptionalInt.of(212), "28-00000000000f"),
                  Duration.ofSeconds(10)),
              new AgentConfig.Sensor(
                  "pool",
                  "ds18b20",
                  new AgentConfig.OneWire(OptionalInt.empty(), "28-00000000000e"),
                  Duration.ofSeconds(11)),
              new AgentConfig.Sensor(
                  "pi", "board", new AgentConfig.Board(), Duration.ofSeconds(12)),
              new AgentConfig.Sensor(
                  "self", "agent", new AgentConfig.Itself(), Duration.ofSeconds(13))));

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
    SelfReport report = SelfReportTest.report(List.of(), 7);
    List<Sampler.Pace> paces = Assembly.paces(CONFIG, buses, report);

    assertThat(paces)
        .extracting(Sampler.Pace::id)
        .containsExactly("roof", "cellar", "attic", "boiler", "pool", "pi", "self");
    assertThat(paces)
        .extracting(pace -> pace.interval().toSeconds())
        .containsExactly(7L, 8L, 9L, 10L, 11L, 12L, 13L);
    assertThat(paces)
        .extracting(pace -> pace.sensor().kind())
        .containsExactly("bme280", "bme280", "bme280", "ds18b20", "ds18b20", "board", "agent");
    Map<String, Value> roof = paces.get(0).sensor().read();
    assertThat(paces.get(1).sensor().read()).isNotEqualTo(roof); // another address, another chip
    assertThatThrownBy(() -> paces.get(2).sensor().read())
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("bus 211");
    assertThatThrownBy(() -> paces.get(3).sensor().read())
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("/sys/bus/w1/devices/w1_bus_master212/28-00000000000f/w1_slave");
    assertThatThrownBy(() -> paces.get(4).sensor().read())
        .isInstanceOf(SensorException.class)
        .hasMessageContaining("/sys/bus/w1/devices/28-00000000000e/w1_slave");
    assertThat(paces.get(5).sensor().read()) // of this computer, but for the disk of /j
        .containsKeys("load_1m", "memory_available", "memory_total")
        .doesNotContainKey("disk_free");
    assertThat(paces.get(6).sensor()).isSameAs(report);
    buses.values().forEach(Bus::close);
  }
}
