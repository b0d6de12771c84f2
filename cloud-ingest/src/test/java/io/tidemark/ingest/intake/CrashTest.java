package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.ledger.Lates;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that ends between rows and ledger leaves sums that are right after the next start. */
@Timeout(180)
final class CrashTest {
  @ParameterizedTest
  @EnumSource(CrashPoint.Moment.class)
  void sumsAreRightAfterACrash(CrashPoint.Moment moment, @TempDir Path folder) throws Exception {
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                CrashChild.class.getName(),
                folder.toString(),
                moment.name())
            .inheritIO()
            .start();
    try {
      assertThat(child.waitFor(90, TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).isEqualTo(CrashChild.EXIT);
    } finally {
      child.destroyForcibly();
    }
    try (Rig rig = new Rig(folder, new EmbeddedStore(folder.resolve("store"), 50, 10))) {
      await().atMost(60, TimeUnit.SECONDS).until(rig.intake::isReady);
      int stored = moment == CrashPoint.Moment.INTENT_COMMITTED ? 0 : CrashChild.READINGS;
      assertThat(rig.sums()).isEqualTo(new Sums(stored, 0, stored, 0, 0, 0, 0, 0));
      assertThat(rig.intake.rebuild(true).agreed()).isTrue();

      // Other contents under a number that is a row must not become a second one.
      if (stored > 0) {
        rig.send(Rig.request("d", Rig.batch("d", 4, List.of(Rig.reading(500, 1)))));
        assertThat(rig.quarantined()).extracting(Quarantined::reason).containsExactly("conflict");
      }
      rig.send(Rig.request("d", Rig.batch("d", 0, Rig.readings(0, CrashChild.READINGS))));
      assertThat(rig.sums())
          .isEqualTo(
              new Sums(
                  CrashChild.READINGS, 0, CrashChild.READINGS, 0, 0, 0, 0, stored > 0 ? 1 : 0));
      assertThat(rig.intake.rebuild(true).agreed()).isTrue();
      assertThat(new Lates(rig.sql, Duration.ofSeconds(60)).sum("d").readings())
          .as("stored long after they were taken, each once")
          .isEqualTo(CrashChild.READINGS);
    }
  }
}
