package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is made of what was measured. */
class FootprintTest {
  @Test
  void anEnginesWordsForMemoryAreUnderstood() throws Exception {
    assertThat(BenchContainers.bytesOf("12.5MiB / 512MiB\n")).isEqualTo(13_107_200);
    assertThat(BenchContainers.bytesOf("1.5GiB / 2GiB")).isEqualTo(3L << 29);
    assertThat(BenchContainers.bytesOf("900KiB / 2GiB")).isEqualTo(900 << 10);
    assertThat(BenchContainers.bytesOf("98.3MB / 512MB")).isEqualTo(98_300_000);
    assertThat(BenchContainers.bytesOf("0B / 0B")).isZero();
    assertThatThrownBy(() -> BenchContainers.bytesOf("-- / --")).hasMessageContaining("-- / --");
  }

  @Test
  void aHealthCheckIsNoneOfAnImagesMemory() throws Exception {
    String program = "  17   61536   /opt/java/bin/java -jar /opt/tidemark/x.jar\n";
    String check =
        " 230 38000 /opt/java/bin/java -cp /opt/tidemark/health io.tidemark.deploy.images.Health 8444 8081\n";
    assertThat(BenchContainers.residentBytesOf("PID RSS COMMAND\n" + program + check))
        .isEqualTo(61_536 << 10);
    assertThat(BenchContainers.residentBytesOf("PID RSS COMMAND\n" + program + program))
        .isEqualTo(2 * 61_536 << 10);
    assertThatThrownBy(() -> BenchContainers.residentBytesOf("PID COMMAND\n17 java"))
        .hasMessageContaining("17 java");
  }

  @Test
  void anAgentIsComparedWithWhatItMayTake() {
    AgentBenchResult met = AgentBenchResult.of(List.of(4.0, 6.0, 5.0), 600, 6_000, 36_000_000, 6);
    assertThat(met.startSecondsMedian()).isEqualTo(5);
    assertThat(met.ratio()).isEqualTo(0.5);
    assertThat(met.met()).isTrue();
    assertThat(met.cpuShare()).isEqualTo(0.01);
    assertThat(String.join("\n", met.lines()))
        .contains("36.0 MB", "0.50: met", "6.0 s, 1.0 %", "median of 3: 5.0 s");
    AgentBenchResult missed = AgentBenchResult.of(List.of(4.0), 600, 6_000, 72_000_001, 6);
    assertThat(missed.met()).isFalse();
  }

  @Test
  void imagesAreComparedWithWhatTheyMayTake() {
    ImagesBenchResult.Image good =
        ImagesBenchResult.Image.of("agent", 125_000_000, 3.25, 60 << 20, 64 << 20, 128);
    ImagesBenchResult.Image large =
        ImagesBenchResult.Image.of("ingest", 250_000_001, 8, 280 << 20, 300 << 20, 768);
    assertThat(good.met()).isTrue();
    assertThat(large.met()).isFalse();
    assertThat(new ImagesBenchResult("1", 60, 20, List.of(good, large)).lines())
        .anyMatch(
            line ->
                line.matches(
                    "tidemark/agent +125 MB +0\\.50: met +3\\.3 s +60 MiB +64 MiB +128 MiB"))
        .anyMatch(
            line ->
                line.matches(
                    "tidemark/ingest +250 MB +1\\.00: missed +8\\.0 s +280 MiB +300 MiB +768 MiB"));
  }
}
