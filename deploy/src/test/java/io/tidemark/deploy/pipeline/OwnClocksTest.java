package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes with clocks of their own. */
class OwnClocksTest {
  @TempDir private Path folder;

  @Test
  void eachHasTheTimeItWasGivenAndTheOthersTheirs() throws Exception {
    OwnClocks clocks = OwnClocks.make(folder, List.of("g1", "g2"));
    clocks.set("g1", Duration.ofDays(1));
    assertThat(ahead(clocks, "g1")).isBetween(Duration.ofHours(23), Duration.ofHours(25));
    assertThat(ahead(clocks, "g2").abs()).isLessThan(Duration.ofHours(1));

    clocks.set("g1", Duration.ofDays(-365));
    assertThat(ahead(clocks, "g1").negated()).isBetween(Duration.ofDays(364), Duration.ofDays(366));
    clocks.set("g1", Duration.ZERO);
    assertThat(ahead(clocks, "g1").abs()).isLessThan(Duration.ofHours(1));
  }

  private static Duration ahead(OwnClocks clocks, String gateway)
      throws IOException, InterruptedException {
    ProcessBuilder date = new ProcessBuilder("date", "+%s");
    date.environment().putAll(clocks.environment(gateway));
    Process process = date.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return Duration.between(Instant.now(), Instant.ofEpochSecond(Long.parseLong(said.strip())));
  }
}
