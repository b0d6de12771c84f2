package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rounds when rules change, rounds fail, clocks are ahead and others judge. Times are seconds. */
@Timeout(60)
@OnEachDatabase
final class JudgingTest {
  @TempDir private Path folder;
  @AutoClose private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(folder);
  }

  private void change(Rule rule, double threshold) throws Exception {
    RuleSpec spec = Bench.spec(RuleJson.write(rule.spec()).put("threshold", threshold).toString());
    new Rules(bench.sql, bench.clock).change(rule.id(), rule.version(), spec);
  }

  private void fails(double second) {
    bench.store.away = true;
    assertThatThrownBy(() -> bench.round(second)).isInstanceOf(StoreUnavailableException.class);
    bench.store.away = false;
  }

  /** A device that was cut off for hours: it was above the limit at 100 s to 199 s. */
  private void backlog(Bench of) throws Exception {
    of.values(List.of(of.row("a", 100, 90), of.row("a", 160, 90), of.row("a", 200, 20)));
  }

  @Test
  void aRuleThatJudgesOtherwiseFiresNoMoreWhatItFired() throws Exception {
    Rule rule = bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    bench.round(7_200);
    change(rule, 85); // what it fired by is out of sight
    bench.round(7_205);
    assertThat(bench.states()).containsExactly("a no data 60");
    bench.value("a", 7_300, 20);
    bench.round(7_301);
    assertThat(bench.told()).containsExactly("firing a", "ended a");
  }

  @Test
  void aRuleThatIsChangedDuringARoundLeavesNoStandingBehind() throws Exception {
    Rule rule = bench.hot("");
    bench.value("a", 0, 90);
    bench.round(1);
    assertThat(bench.states()).containsExactly("a pending 0");
    bench.duringRound =
        () -> {
          try {
            change(rule, 95);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        };
    bench.round(2);
    bench.duringRound = () -> {};
    bench.round(3);
    assertThat(bench.states()).isEmpty();
  }

  @Test
  void aNewRuleLeavesOthersTheirBacklog() throws Exception {
    bench.hot("");
    bench.value("a", 0, 20);
    bench.round(1);
    bench.round(20_000);
    backlog(bench);
    bench.hot("");
    bench.round(20_001);
    assertThat(bench.episodes()).containsExactly("a 160-200"); // over before the new one was made
  }

  @Test
  void aRoundThatFailsLosesNoBacklog() throws Exception {
    bench.hot("");
    bench.value("a", 0, 20);
    bench.round(1);
    bench.round(20_000);
    backlog(bench);
    fails(20_001);
    bench.round(20_006);
    assertThat(bench.episodes()).containsExactly("a 160-200");
  }

  @Test
  void whatAnotherHasStoredIsNotedUntilItIsJudged() throws Exception {
    bench.hot("");
    bench.value("a", 0, 20);
    bench.round(20_000);
    try (Bench other = new Bench(folder, Bench.SETTINGS, bench.store)) {
      backlog(other);
      assertThat(other.round(20_001)).isFalse();
    }
    fails(20_002);
    bench.restart();
    bench.round(20_003);
    assertThat(bench.episodes()).containsExactly("a 160-200");
  }

  @Test
  void rowsThatNobodyWasToldOfAreJudgedWithTheNext() throws Exception {
    bench.hot("");
    bench.value("a", 0, 20);
    bench.round(1);
    bench.store.write(List.of(bench.row("a", 10, 90))); // found after its outcome was not known
    bench.value("a", 70, 90);
    bench.round(71);
    assertThat(bench.episodes()).containsExactly("a 70-");
  }

  @Test
  void aReadingOfATimeToComeWaitsForIt() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    bench.value("a", 7_261, 20);
    bench.round(66);
    assertThat(bench.states()).containsExactly("a firing 60");
    bench.restart();
    bench.round(71);
    assertThat(bench.told()).containsExactly("firing a");
    bench.round(7_262);
    assertThat(bench.told()).containsExactly("firing a", "ended a");
    assertThat(bench.episodes()).containsExactly("a 60-7261");
  }

  @Test
  void aReadingOfATimeToComeIsNoSignOfData() throws Exception {
    bench.hot("");
    bench.value("a", 0, 20);
    bench.value("a", 7_200, 20);
    bench.round(301);
    assertThat(bench.states()).containsExactly("a no data 0");
  }

  @Test
  void aRoundThatWaitsForTheStoreKeepsTheLease() throws Exception {
    bench.hot(",'device':'a'");
    bench.store.samplesGate = new CountDownLatch(1);
    try (Alerts alerts = AlertsCrashChild.alerts(bench.sql, bench.store)) {
      alerts.start();
      await().until(() -> leaseUntil() > 0);
      long atFirst = leaseUntil();
      await().until(() -> leaseUntil() > atFirst); // its round is under way still
    } finally {
      bench.store.samplesGate.countDown();
    }
  }

  private long leaseUntil() throws Exception {
    return bench.sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements.with("SELECT until_time FROM alert_lease").executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  @Test
  void aRoundThatBreaksIsNotTheLast() throws Exception {
    bench.hot(",'device':'a'");
    bench.store.samplesFailure = new OutOfMemoryError("for once");
    try (Alerts alerts = AlertsCrashChild.alerts(bench.sql, bench.store)) {
      alerts.start();
      await().until(() -> alerts.trouble().contains("for once"));
      bench.store.samplesFailure = null;
      await().until(() -> alerts.trouble().isEmpty());
    }
  }

  @Test
  void whoHasLostTheLeaseMeanwhileNotesNoVerdict() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    try (Bench other = new Bench(folder, Bench.SETTINGS, bench.store)) {
      bench.duringRound = () -> takesOver(other);
      assertThatThrownBy(() -> bench.round(61))
          .isInstanceOf(SqlUnavailableException.class)
          .hasMessageContaining("another ingest has begun to judge");
      assertThat(bench.told()).containsExactly("firing a"); // by the other
      assertThat(bench.round(80)).isFalse();
    }
  }

  private static void takesOver(Bench other) {
    try {
      assertThat(other.round(77)).isTrue();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatAnotherHasJudgedMeanwhileIsBelieved() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    assertThat(bench.gauge("firing")).isEqualTo(1);
    try (Bench other = new Bench(folder, Bench.SETTINGS, bench.store)) {
      other.value("a", 70, 20);
      assertThat(other.round(80)).isTrue();
    }
    assertThat(bench.round(100)).isTrue(); // the first that this one does since 61
    assertThat(bench.told()).containsExactly("firing a", "ended a");
    assertThat(bench.gauge("firing")).isZero();
  }

  @Test
  void whatARuleFiredIsNotShownOnceItHasChanged() throws Exception {
    Rule rule = bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    try (Alerts alerts = AlertsCrashChild.alerts(bench.sql, bench.store)) {
      assertThat(alerts.current()).hasSize(1);
      change(rule, 95);
      assertThat(alerts.current()).isEmpty(); // though no round has been since
    }
  }

  @Test
  void aRoundThatFailsNowAndThenDoesNotKeepSilenceFromBeingJudged() throws Exception {
    AlertSettings patient = Bench.settings(Duration.ofSeconds(60));
    bench.close();
    bench = new Bench(folder, patient, new FakeStore());
    bench.hot("");
    bench.rule(
        "{'name':'quiet','kind':'silent','device':'a','for':'PT1M','webhooks':['http://r/']}");
    bench.heard("a", Bench.at(0));
    bench.round(1_000);
    bench.value("b", 1_029, 20);
    fails(1_030);
    bench.round(1_035);
    assertThat(bench.told()).isEmpty();
    bench.round(1_060);
    assertThat(bench.told()).containsExactly("firing a");
    bench.heard("a", Bench.at(1_061));
    bench.round(1_062);
    bench.round(2_000); // nothing was done for so long: gateways hold back what came meanwhile
    assertThat(bench.told()).containsExactly("firing a", "ended a");
    bench.round(2_050);
    bench.round(2_060);
    assertThat(bench.told()).containsExactly("firing a", "ended a", "firing a");
  }

  @Test
  void aBeginningThatIsCorrectedHasItsOwnValue() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 200, 91);
    bench.round(201);
    bench.value("a", 60, 95);
    bench.round(206);
    Episode episode =
        bench.sql.read(connection -> EpisodeSql.of(connection, 1, Long.MIN_VALUE)).get(0);
    assertThat(episode.startedAt()).isEqualTo(Bench.at(60));
    assertThat(episode.value()).isEqualTo(95);
    assertThat(episode.late()).isTrue();
    assertThat(bench.told()).containsExactly("firing a");
  }
}
