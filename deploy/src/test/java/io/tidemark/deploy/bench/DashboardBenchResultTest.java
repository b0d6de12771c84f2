package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.deploy.bench.DashboardBenchResult.Measure;
import java.util.List;
import org.junit.jupiter.api.Test;

class DashboardBenchResultTest {
  @Test
  void ofTimesTheMedianCounts() {
    Measure measure = Measure.median("device: zoom", "ms", 300, List.of(200.0, 900.0, 240.0));
    assertThat(measure.figure()).isEqualTo(240);
    assertThat(measure.lowest()).isEqualTo(200);
    assertThat(measure.highest()).isEqualTo(900);
    assertThat(measure.ratio()).isCloseTo(0.8, within(1e-9));
    assertThat(measure.met()).isTrue();
  }

  @Test
  void ofWhatMustNotBeExceededTheHighestCounts() {
    Measure measure = Measure.highest("points", "per pixel", 4, List.of(0.2, 5.0, 0.3));
    assertThat(measure.figure()).isEqualTo(5);
    assertThat(measure.met()).isFalse();
  }

  @Test
  void theTableSaysWhatWasMeasuredOfWhat() {
    DashboardBenchResult result =
        new DashboardBenchResult(
            new DashboardBenchResult.Setting(
                "InfluxDB 1.6.7", "Chrome/1", 10_000, 50_000_000, 2_592_000, 10, 30, 60),
            List.of(
                Measure.median("fleet: first meaningful paint", "ms", 1_000, List.of(1_204.4)),
                Measure.withoutBar("device: all of it at first look", "ms", List.of(8_200.0)),
                Measure.highest("device: points of a line", "per pixel", 4, List.of(0.25))));
    assertThat(String.join("\n", result.lines()))
        .contains(
            "10,000 devices and 50,000,000 rows in InfluxDB 1.6.7, 2,592,000 rows of the device that is shown")
        .contains("Chrome/1; each page opened 10 times; 30 charts live for 60 s")
        .containsPattern("first meaningful paint, ms +1,204 +1,204 +1,204 +1,000 +1.20 +missed")
        .containsPattern("all of it at first look, ms +8,200 +8,200 +8,200 +no bar")
        .containsPattern("points of a line, per pixel +0.25 +0.25 +0.25 +4.00 +0.06 +met");
  }
}
