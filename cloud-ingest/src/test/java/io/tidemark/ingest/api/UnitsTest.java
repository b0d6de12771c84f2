package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {
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

  @Test
  void caseIsOfNoConsequence() {
    assertThat(Units.of("CPU_Temperature")).isEqualTo("°C");
  }

  @Test
  void whatNobodyKnowsHasNone() {
    assertThat(Units.of("mood")).isEmpty();
  }
}
