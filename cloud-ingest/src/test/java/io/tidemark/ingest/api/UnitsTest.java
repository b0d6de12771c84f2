package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {
  /** As in: active_power (W). Kinds, in the same place behind sensors, are in code. */
  private static final Pattern METRIC_AND_UNIT = Pattern.compile("(\\w+) \\(([^`)]+)\\)");

  /** What the edge agent's README says of its drivers' metrics. */
  @ParameterizedTest
  @CsvSource({
    "temperature, °C",
    "pressure, hPa",
    "humidity, %",
    "cpu_temperature, °C",
    "memory_available, MiB",
    "memory_total, MiB",
    "disk_free, GiB",
    "load_1m, ''",
    "undervoltage, ''"
  })
  void theAgentsMetricsHaveTheirUnits(String metric, String unit) {
    assertThat(Units.of(metric)).isEqualTo(unit);
  }

  /** What the simulator's README says of its classes' metrics, where it names a unit. */
  @Test
  void theSimulatorsMetricsHaveTheirUnits() throws IOException {
    Map<String, String> said = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("../device-firmware-sim/README.md"))) {
      String[] cells = line.split("\\|", -1);
      if (line.startsWith("| `") && cells.length == 7) { // a class and what it measures
        METRIC_AND_UNIT
            .matcher(cells[2])
            .results()
            .forEach(found -> said.put(found.group(1), found.group(2).replace('3', '³')));
      }
    }
    assertThat(said)
        .containsKeys("energy", "active_power", "speed", "moisture", "velocity_rms")
        .allSatisfy((metric, unit) -> assertThat(Units.of(metric)).as(metric).isEqualTo(unit));
  }

  @ParameterizedTest
  @CsvSource({"voltage_l1, V", "active_power_l3, W", "power_factor_l2, ''", "voltage_l4, ''"})
  void eachPhaseHasTheUnitOfAll(String metric, String unit) {
    assertThat(Units.of(metric)).isEqualTo(unit);
  }

  @Test
  void caseIsOfNoConsequence() {
    assertThat(Units.of("CPU_Temperature")).isEqualTo("°C");
  }

  @Test
  void whatNobodyKnowsHasNone() {
    assertThat(Units.of("mood")).isEmpty();
  }
}
