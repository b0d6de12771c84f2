package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What rules make of readings, round by round. Times are seconds. */
@Timeout(60)
@OnEachDatabase
final class RoundsTest {
  @TempDir private Path folder;
  @AutoClose private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(folder);
  }

  @Test
  void firesOnceItHasLastedAndEndsBeyondTheHysteresis() throws Exception {
    bench.hot(",'hysteresis':5");
    bench.value("a", 0, 81);
    bench.round(1);
    assertThat(bench.states()).containsExactly("a pending 0");
    bench.value("a", 30, 80.5);
    bench.round(31);
    bench.value("a", 59, 81);
    bench.round(59);
    assertThat(bench.told()).isEmpty();
    bench.value("a", 60, 82);
    bench.round(61);
    assertThat(bench.told()).containsExactly("firing a");
    assertThat(bench.states()).containsExactly("a firing 60");
    bench.value("a", 70, 75.5); // below the limit, within the hysteresis
    bench.round(71);
    assertThat(bench.states()).containsExactly("a firing 60");
    bench.value("a", 80, 75);
    bench.round(81);
    assertThat(bench.told()).containsExactly("firing a", "ended a");
    assertThat(bench.states()).isEmpty();
    assertThat(bench.episodes()).containsExactly("a 60-80");
    JsonNode fired = bench.bodies().get(0);
    assertThat(fired.path("value").asDouble()).isEqualTo(82);
    assertThat(fired.path("threshold").asDouble()).isEqualTo(80);
    assertThat(fired.path("sensor").asText()).isEqualTo("s");
    assertThat(fired.path("text").asText())
        .isEqualTo("a s: t is 82, above 80 for 1 min; it fires since 2026-03-01T12:01:00Z.");
    assertThat(bench.bodies().get(1).path("until").asText()).isEqualTo("2026-03-01T12:01:20Z");
  }

  @Test
  void belowIsTheOtherWayRound() throws Exception {
    bench.rule(
        "{'name':'cold','kind':'threshold','metric':'t','direction':'below','threshold':5,'hysteresis':2,'for':'PT0S',"
            + "'webhooks':['http://r/']}");
    bench.value("a", 0, 5);
    bench.round(1);
    assertThat(bench.told()).isEmpty();
    bench.value("a", 2, 4.9);
    bench.value("a", 3, 6.9);
    bench.round(4);
    assertThat(bench.states()).containsExactly("a firing 2");
    bench.value("a", 5, 7);
    bench.round(6);
    assertThat(bench.episodes()).containsExactly("a 2-5");
  }

  @Test
  void aReadingThatIsFineAndAGapStartTheCountAnew() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 40, 80); // not above
    bench.value("a", 50, 90);
    bench.value("a", 100, 90);
    bench.value("a", 100 + 301, 90); // 5 min without data are too long to say what was between
    bench.round(402);
    assertThat(bench.episodes()).isEmpty();
    bench.value("a", 461, 90);
    bench.round(462);
    assertThat(bench.episodes()).containsExactly("a 461-");
  }

  @Test
  void onlyWhatTheRuleNamesIsWatched() throws Exception {
    bench.labels.put("cellar", Set.of("b"));
    Rule one = bench.hot(",'device':'a'");
    Rule labelled = bench.hot(",'label':'cellar'");
    Rule all = bench.hot("");
    Rule other = bench.hot(",'sensor':'other'");
    Rule off = bench.hot(",'enabled':false");
    for (String device : List.of("a", "b", "c")) {
      bench.value(device, 0, 90);
      bench.value(device, 60, 90);
    }
    bench.round(61);
    assertThat(byRule(one)).isEqualTo(1);
    assertThat(byRule(labelled)).isEqualTo(1);
    assertThat(byRule(all)).isEqualTo(3);
    assertThat(byRule(other) + byRule(off)).isZero();

    bench.labels.put("cellar", Set.of());
    bench.round(62);
    Episode left = bench.sql.read(connection -> EpisodeSql.of(connection, labelled.id(), 0)).get(0);
    assertThat(left.device()).isEqualTo("b");
    assertThat(left.endedAt()).isEqualTo(Bench.at(62));
    assertThat(left.note()).contains("watches the device no longer");
  }

  private long byRule(Rule rule) throws Exception {
    return bench.sql.read(connection -> EpisodeSql.open(connection, rule.id())).size();
  }

  @Test
  void aDeviceWithoutDataIsNotFine() throws Exception {
    bench.hot("");
    bench.rule(
        "{'name':'x','kind':'threshold','device':'never','metric':'t','direction':'above','threshold':1,'for':'PT0S'}");
    bench.value("a", 0, 20);
    bench.round(300);
    assertThat(bench.states()).containsExactly("never no data 0");
    bench.round(301);
    assertThat(bench.states()).containsExactly("a no data 0", "never no data 0");
    bench.restart();
    bench.round(2 * 3600); // beyond the look-back: known from SQL only
    assertThat(bench.states()).contains("a no data 0");
    bench.value("a", 7300, 20);
    bench.round(7301);
    assertThat(bench.states()).containsExactly("never no data 0");
  }

  @Test
  void whatFiresGoesOnWhenDataEnd() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    bench.round(1000);
    assertThat(bench.states()).containsExactly("a firing 60");
    assertThat(bench.told()).containsExactly("firing a");
  }

  @Test
  void aLateReadingThatShowsItDidNotLastWithdrawsIt() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    bench.value("a", 30, 20);
    bench.round(66);
    assertThat(bench.told()).containsExactly("firing a", "withdrawn a");
    assertThat(bench.episodes()).containsExactly("(a 60-66)");
    assertThat(bench.states()).containsExactly("a pending 60");
    bench.value("a", 90, 90);
    bench.value("a", 120, 90);
    bench.round(121);
    assertThat(bench.episodes()).containsExactly("(a 60-66)", "a 120-");
  }

  @Test
  void whatFiredWhileReadingsWereHeldBackIsToldAfterwards() throws Exception {
    bench.hot("");
    bench.value("a", 0, 20);
    bench.round(1);
    bench.value("a", 600, 20);
    bench.round(601);
    List<Row> late = new ArrayList<>();
    for (int second = 100; second <= 400; second += 20) {
      late.add(bench.row("a", second, second < 380 ? 90 : 20));
    }
    bench.values(late);
    bench.round(606);
    assertThat(bench.episodes()).containsExactly("a 160-380");
    assertThat(bench.told()).containsExactly("ended a");
    JsonNode body = bench.bodies().get(0);
    assertThat(body.path("late").asBoolean()).isTrue();
    assertThat(body.path("text").asText())
        .isEqualTo(
            "a s: t was above 80 from 2026-03-01T12:02:40Z to 2026-03-01T12:06:20Z; it is over."
                + " The readings came late.");
  }

  @Test
  void readingsThatComeInOrderAreJudgedHoweverOldTheyAre() throws Exception {
    bench.hot("");
    bench.value("a", 0, 20);
    bench.round(1);
    bench.round(20_000); // hours later the device is back, with all it has kept
    bench.value("a", 100, 90);
    bench.value("a", 160, 90);
    bench.round(20_001);
    bench.value("a", 200, 20);
    bench.round(20_006);
    assertThat(bench.episodes()).containsExactly("a 160-200");
  }

  @Test
  void whatComesLaterThanTheLookBackChangesNothing() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.value("a", 70, 20);
    bench.round(71);
    bench.value("a", 8_000, 20);
    bench.round(8_001);
    bench.value("a", 30, 20);
    bench.round(8_006);
    assertThat(bench.episodes()).containsExactly("a 60-70");
    bench.value("a", 7_000, 90); // within it
    bench.value("a", 7_060, 90);
    bench.round(8_011);
    assertThat(bench.episodes()).containsExactly("a 60-70", "a 7060-8000");
  }

  @Test
  void aStoreThatIsAwayDelaysTheVerdictAndLosesNothing() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    bench.round(1);
    bench.value("a", 60, 90);
    bench.store.away = true;
    assertThatThrownBy(() -> bench.round(61)).isInstanceOf(StoreUnavailableException.class);
    bench.store.away = false;
    bench.round(66);
    assertThat(bench.episodes()).containsExactly("a 60-");
  }

  @Test
  void silenceFiresAndEnds() throws Exception {
    bench.rule("{'name':'quiet','kind':'silent','for':'PT10M','webhooks':['http://r/']}");
    bench.heard("a", Bench.at(0));
    bench.round(599);
    assertThat(bench.states()).isEmpty();
    bench.round(600);
    assertThat(bench.states()).containsExactly("a firing 600");
    bench.round(700);
    bench.restart();
    bench.round(800);
    assertThat(bench.told()).containsExactly("firing a");
    bench.heard("a", Bench.at(900));
    bench.round(901);
    assertThat(bench.states()).isEmpty();
    assertThat(bench.episodes()).containsExactly("a 600-900");
    bench.round(1500);
    assertThat(bench.told()).containsExactly("firing a", "ended a", "firing a");
    bench.heard("a", Bench.at(1400)); // held back by its gateway: it was not silent
    bench.round(1510);
    assertThat(bench.episodes()).containsExactly("a 600-900", "(a 1500-1510)");
  }

  @Test
  void aRuleThatChangesEndsWhatItFiredAndJudgesAnew() throws Exception {
    Rule rule = bench.hot("");
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.round(61);
    Rules rules = new Rules(bench.sql, bench.clock);
    RuleSpec renamed = Bench.spec(RuleJson.write(rule.spec()).put("name", "warm").toString());
    rules.change(rule.id(), 1, renamed);
    bench.round(62);
    assertThat(bench.told()).containsExactly("firing a");
    RuleSpec higher = Bench.spec(RuleJson.write(renamed).put("threshold", 85).toString());
    assertThat(rules.change(rule.id(), 1, higher).orElseThrow().rule().version()).isEqualTo(2);
    assertThat(bench.told()).containsExactly("firing a"); // not this version any more
    rules.change(rule.id(), 2, higher);
    assertThat(bench.told()).containsExactly("firing a", "ended a");
    bench.round(63);
    assertThat(bench.told()).containsExactly("firing a", "ended a", "firing a");
    rules.change(rule.id(), 3, null);
    assertThat(bench.told()).endsWith("ended a");
    bench.round(64);
    assertThat(bench.states()).isEmpty();
    assertThat(bench.bodies().get(3).path("text").asText()).contains("The rule was deleted");
  }

  @Test
  void whatWasOverBeforeARuleIsNotTold() throws Exception {
    bench.value("a", 0, 90);
    bench.value("a", 60, 90);
    bench.value("a", 70, 20);
    bench.value("b", 0, 90);
    bench.value("b", 60, 90);
    bench.clock.set(Bench.at(80));
    bench.hot("");
    bench.round(81);
    assertThat(bench.told()).containsExactly("firing b");
  }

  @Test
  void oneJudgesAndTheOtherSaysWhatItHasStored() throws Exception {
    bench.hot("");
    bench.value("a", 0, 90);
    assertThat(bench.round(59)).isTrue();
    try (Bench other = new Bench(folder, Bench.SETTINGS, bench.store)) {
      other.value("a", 60, 90); // stored by an ingest that does not judge
      assertThat(other.round(60)).isFalse();
      assertThat(bench.round(61)).isTrue();
      assertThat(bench.told()).containsExactly("firing a");
      assertThat(other.round(75)).isFalse();
      other.value("a", 61, 20);
      assertThat(other.round(76)).isTrue(); // 15 s after the last sign of life
      assertThat(bench.told()).containsExactly("firing a", "ended a");
      assertThat(bench.gauge("firing")).isEqualTo(1);
      assertThat(bench.round(77)).isFalse();
      assertThat(bench.gauge("firing")).isZero();
    }
  }
}
