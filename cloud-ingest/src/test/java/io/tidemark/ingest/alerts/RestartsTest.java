package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.storage.FakeStore;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is judged after a restart. Times are seconds. */
@Timeout(60)
@OnEachDatabase
final class RestartsTest {
  @TempDir private Path folder;
  @AutoClose private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(folder);
  }

  @Test
  void whatBeganBeforeTheLookBackFiresUntilAReadingEndsIt() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    bench.value("a", 30, 20); // too late to be judged, though it is read
    bench.restart();
    bench.round(3_700);
    assertThat(bench.told()).containsExactly("firing a");
    bench.value("a", 3_701, 20);
    bench.round(3_702);
    assertThat(bench.episodes()).containsExactly("a 60-3701");
  }

  @Test
  void whatComesLaterThanTheLookBackChangesNothingThatFiresAfterARestart() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    bench.restart();
    bench.round(10_000);
    bench.value("a", 30, 20);
    bench.round(10_001);
    assertThat(bench.told()).containsExactly("firing a");
    assertThat(bench.episodes()).containsExactly("a 60-");
    assertThat(bench.states()).containsExactly("a firing 60");
    bench.value("a", 10_002, 20);
    bench.round(10_003);
    assertThat(bench.episodes()).containsExactly("a 60-10002");
  }

  @Test
  void whatWasOverLongBeforeARestartDoesNotFireWhenItComesAtLast() throws Exception {
    bench.hot("");
    bench.value("a", 200, 20);
    bench.round(201);
    bench.restart();
    bench.round(10_000);
    bench.value("a", 100, 90);
    bench.value("a", 160, 90);
    bench.round(10_001);
    assertThat(bench.episodes()).containsExactly("a 160-200");
    assertThat(bench.states()).containsExactly("a no data 200");
  }

  @Test
  void aRestartInEachStateChangesNothing() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.round(1);
    bench.restart();
    bench.round(2);
    assertThat(bench.states()).containsExactly("a pending 0");
    bench.value("a", 60, 90);
    bench.restart(); // before a round has seen it
    bench.round(61);
    assertThat(bench.told()).containsExactly("firing a");
    bench.restart();
    bench.round(62);
    assertThat(bench.told()).containsExactly("firing a");
    assertThat(bench.states()).containsExactly("a firing 60");
    bench.restart();
    bench.round(10_000); // its beginning is out of sight
    assertThat(bench.told()).containsExactly("firing a");
    bench.value("a", 10_001, 20);
    bench.round(10_002);
    bench.restart();
    bench.round(10_003);
    assertThat(bench.told()).containsExactly("firing a", "ended a");
    assertThat(bench.episodes()).containsExactly("a 60-10001");
  }

  @Test
  void afterAStartNobodyIsCalledSilentAtOnce() throws Exception {
    AlertSettings patient = Bench.settings(Duration.ofSeconds(60));
    try (Bench other = new Bench(folder, patient, new FakeStore())) {
      other.rule("{'name':'quiet','kind':'silent','for':'PT1M','webhooks':['http://r/']}");
      other.heard("a", Bench.at(0));
      other.round(1000);
      other.round(1059);
      assertThat(other.told()).isEmpty();
      other.round(1060);
      assertThat(other.told()).containsExactly("firing a");
    }
  }
}
