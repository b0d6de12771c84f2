package io.tidemark.deploy.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.ChildProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a plan is carried out, step by step, on processes that are none. */
class ChaosStepsTest {
  private static final List<String> G1 = List.of("g1");

  @TempDir private Path folder;

  private final List<String> calls = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private final Map<String, FakeTarget> targets = new LinkedHashMap<>();

  private Chaos chaos(PlannedFault... faults) {
    for (String name : List.of("ingest", "g1", "g2", "g3")) {
      targets.put(name, new FakeTarget(name, calls));
    }
    return new Chaos(
        new FaultPlan(7, 3, List.of(faults)), Map.copyOf(targets), new FaultLog(folder, said::add));
  }

  private static PlannedFault fault(
      int number, int at, FaultKind kind, List<String> targets, int outage) {
    return new PlannedFault(
        number, Duration.ofSeconds(at), kind, targets, Duration.ofSeconds(outage));
  }

  private static Duration second(int number) {
    return Duration.ofSeconds(number);
  }

  private FakeTarget target(String name) {
    return targets.get(name);
  }

  private ChildProcess process(String name) {
    return new ChildProcess(name, folder, Map.of(), List.of("true"));
  }

  @Test
  void aKilledProcessIsStartedAgainAfterItsOutage() throws Exception {
    Chaos chaos = chaos(fault(1, 5, FaultKind.KILL, G1, 3));

    assertThat(chaos.step(second(4))).isFalse();
    assertThat(calls).isEmpty();
    assertThat(chaos.step(second(5))).isTrue();
    assertThat(calls).containsExactly("kill g1");
    assertThat(chaos.hasEnded(process("g1"))).isTrue();
    assertThat(chaos.hasEnded(process("g2"))).isFalse();
    assertThat(chaos.step(second(7))).isFalse();
    assertThat(chaos.step(second(8))).isTrue();
    assertThat(calls).containsExactly("kill g1", "start g1");
    assertThat(chaos.hasEnded(process("g1"))).as("from now on it must not end").isFalse();
    assertThat(chaos.hasStruck(process("g1"))).isTrue();
    assertThat(chaos.carriedOut()).as("it is not known to be ready yet").isZero();
    chaos.step(second(9));
    assertThat(chaos.isThrough()).isTrue();
    assertThat(chaos.hasStruck(process("g1"))).isFalse();
    assertThat(chaos.carriedOut()).isOne();
  }

  @Test
  void aDiskIsLostOnlyWhereNoOtherIsStillBeingFilled() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.LOSE_DISK, G1, 3),
            fault(2, 9, FaultKind.LOSE_DISK, List.of("g2"), 3),
            fault(3, 18, FaultKind.KILL, G1, 3));
    chaos.step(second(0));
    assertThat(calls).containsExactly("lose-disk g1");
    assertThat(chaos.hasEnded(process("g1"))).isTrue();
    targets.get("g3").whole = false;
    chaos.step(second(3));
    chaos.step(second(4));
    chaos.step(second(12));
    assertThat(calls).containsExactly("lose-disk g1", "start g1");
    targets.get("g3").whole = true;
    chaos.step(second(13));
    assertThat(calls).endsWith("lose-disk g2");
    targets.get("g3").whole = false;
    chaos.step(second(17));
    chaos.step(second(18));
    chaos.step(second(19));
    assertThat(calls).as("other faults do not wait for it").endsWith("start g2", "kill g1");
  }

  @Test
  void whoIsKilledInTheMiddleOfWritingIsStartedAgain() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.TEAR, G1, 3),
            fault(2, 9, FaultKind.POWER_CUT, List.of("g1", "g2", "g3"), 3));
    for (int now = 0; now < 15; now++) {
      chaos.step(second(now));
      assertThat(chaos.hasEnded(process("g1"))).isEqualTo(now < 3 || (now >= 9 && now < 12));
    }
    assertThat(calls)
        .containsExactly(
            "tear g1",
            "start g1",
            "tear g1",
            "tear g2",
            "tear g3",
            "start g1",
            "start g2",
            "start g3");
    assertThat(said.get(0)).contains("fault 1: kill -9 of g1 in the middle of writing, for 3.0 s");
  }

  @Test
  void aFrozenProcessHasNotEndedAndGoesOn() throws Exception {
    Chaos chaos = chaos(fault(1, 0, FaultKind.FREEZE, G1, 4));
    chaos.step(second(0));

    assertThat(chaos.hasEnded(process("g1"))).as("it must not end").isFalse();
    chaos.step(second(4));
    chaos.step(second(5));
    assertThat(calls).containsExactly("freeze g1", "thaw g1");
    assertThat(chaos.isThrough()).isTrue();
  }

  @Test
  void whoIsCutOffHasNotEndedAndRejoins() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.ISOLATE, G1, 4),
            fault(2, 9, FaultKind.UNPLUG, G1, 4),
            fault(3, 18, FaultKind.ISOLATE_ALL, List.of("g1", "g2"), 4));
    for (int now = 0; now < 30; now++) {
      chaos.step(second(now));
      assertThat(chaos.hasEnded(process("g1"))).isFalse();
    }
    assertThat(calls)
        .containsExactly(
            "isolate g1",
            "rejoin g1",
            "unplug g1",
            "rejoin g1",
            "isolate g1",
            "isolate g2",
            "rejoin g1",
            "rejoin g2");
    assertThat(said.get(0)).contains("fault 1: g1 cut off from other gateways, for 4.0 s");
    assertThat(said.get(2)).contains("fault 2: g1 cut off from everybody");
  }

  @Test
  void oneDirectionAndTheWayToIngestFailByThemselves() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.MUTE, G1, 4),
            fault(2, 9, FaultKind.DEAFEN, G1, 4),
            fault(3, 18, FaultKind.LOSE_INGEST, List.of("g1", "g2"), 4));
    for (int now = 0; now < 30; now++) {
      chaos.step(second(now));
      assertThat(chaos.hasEnded(process("g1"))).isFalse();
    }
    assertThat(calls)
        .containsExactly(
            "mute g1",
            "rejoin g1",
            "deafen g1",
            "rejoin g1",
            "lose-ingest g1",
            "lose-ingest g2",
            "rejoin g1",
            "rejoin g2");
    assertThat(said.get(0)).contains("fault 1: g1 not heard by other gateways, for 4.0 s");
    assertThat(said.get(2)).contains("fault 2: g1 not hearing other gateways");
    assertThat(said.get(4)).contains("fault 3: g1 g2 cut off from ingest");
  }

  @Test
  void aBridgePartsHalves() throws Exception {
    Chaos chaos = chaos(fault(1, 0, FaultKind.BRIDGE, List.of("g1", "g3"), 4));
    for (String name : List.of("g4", "g5")) {
      targets.put(name, new FakeTarget(name, calls));
    }
    chaos.step(second(0));
    chaos.step(second(4));
    assertThat(calls).containsExactly("part g1 g3", "rejoin g1", "rejoin g3");
    assertThat(said.get(0)).contains("g1 g3 in two halves, and one gateway between");

    calls.clear();
    Fault.BRIDGE.begin().on(Stream.of("g1", "g2", "g4", "g5").<Target>map(targets::get).toList());
    assertThat(calls).containsExactly("part g1 g4", "part g1 g5", "part g2 g4", "part g2 g5");
  }

  @Test
  void whatFlapsIsBackAndGoneInTurnUntilItsTimeIsOver() throws Exception {
    Chaos chaos =
        chaos(
            new PlannedFault(
                1,
                second(0),
                FaultKind.FLAP,
                G1,
                second(10),
                List.of(second(2), second(3), second(5), second(6))));
    chaos.step(second(0));
    chaos.step(second(1));
    assertThat(calls).containsExactly("isolate g1");
    assertThat(chaos.step(second(2))).as("it is not over").isFalse();
    assertThat(calls).containsExactly("isolate g1", "rejoin g1");
    chaos.step(second(4));
    assertThat(calls).containsExactly("isolate g1", "rejoin g1", "isolate g1");
    chaos.step(second(9));
    assertThat(calls).as("late, but one after the other").hasSize(5).endsWith("isolate g1");
    assertThat(chaos.step(second(10))).isTrue();
    chaos.step(second(11));
    assertThat(calls).hasSize(6).endsWith("rejoin g1");
    assertThat(chaos.carriedOut()).isOne();
    assertThat(said.get(0)).contains("fault 1: g1 cut off from other gateways 3 times, for 10.0 s");
    assertThat(Files.readAllLines(folder.resolve("chaos.jsonl")).get(0))
        .contains("\"turns\":[2.0,3.0,5.0,6.0]");
  }

  @Test
  void whatFlapsIsBackForGoodWhenItIsCutShort() throws Exception {
    Chaos chaos =
        chaos(
            new PlannedFault(
                1, second(0), FaultKind.FLAP, G1, second(9), List.of(second(2), second(5))));
    chaos.step(second(0));
    chaos.step(second(3));
    chaos.cut();
    chaos.step(second(6));
    chaos.step(second(7));
    assertThat(calls).as("not gone again").containsExactly("isolate g1", "rejoin g1", "rejoin g1");
    assertThat(chaos.isThrough()).isTrue();
  }

  @Test
  void whoseDiskFailsHasNotEndedAndGetsItBack() throws Exception {
    Chaos chaos =
        chaos(fault(1, 0, FaultKind.FILL_DISK, G1, 4), fault(2, 9, FaultKind.STALL_DISK, G1, 4));
    for (int now = 0; now < 20; now++) {
      chaos.step(second(now));
      assertThat(chaos.hasEnded(process("g1"))).isFalse();
    }
    assertThat(calls).containsExactly("fill g1", "make room for g1", "stall g1", "resume g1");
    assertThat(said.get(0)).contains("fault 1: the disk of g1 is full, for 4.0 s");
    assertThat(said.get(2)).contains("fault 2: the disk of g1 stands still");
    assertThat(chaos.isThrough()).isTrue();
  }

  @Test
  void aClockThatIsSetWrongIsSetRightAgain() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.CLOCK_AHEAD, G1, 3), fault(2, 9, FaultKind.CLOCK_BEHIND, G1, 3));
    for (int now = 0; now < 15; now++) {
      chaos.step(second(now));
      assertThat(chaos.hasEnded(process("g1"))).isFalse();
    }
    assertThat(calls).containsExactly("ahead g1", "right g1", "behind g1", "right g1");
    assertThat(said.get(0)).contains("fault 1: the clock of g1 a day ahead, for 3.0 s");
    assertThat(said.get(2)).contains("fault 2: the clock of g1 a year behind");
  }

  @Test
  void aProcessThatStopsInOrderIsStartedWhenItHasEnded() throws Exception {
    Chaos chaos =
        chaos(fault(1, 0, FaultKind.RESTART, G1, 3), fault(2, 9, FaultKind.KILL, List.of("g2"), 3));
    target("g1").obeys = false;
    chaos.step(second(0));
    chaos.step(second(10));

    assertThat(calls).as("and g2 has to wait").containsExactly("terminate g1");
    target("g1").alive = false;
    chaos.step(second(11));
    assertThat(calls).containsExactly("terminate g1", "start g1");

    assertThat(said.get(0)).contains("fault 1: g1 stopped in order, for 3.0 s");
  }

  @Test
  void theNextGatewayIsStruckOnlyWhenAllAreReady() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.KILL, G1, 3),
            fault(2, 3, FaultKind.KILL_IN_TURN, List.of("g2"), 3));
    target("g1").quick = false;
    chaos.step(second(0));
    chaos.step(second(3));
    chaos.step(second(20));
    assertThat(calls).as("g1 is not ready").containsExactly("kill g1", "start g1");

    target("g1").ready = true;
    target("g3").ready = false;
    chaos.step(second(21));
    assertThat(calls).as("g3 is not").hasSize(2);

    target("g3").ready = true;
    chaos.step(second(22));
    assertThat(calls).containsExactly("kill g1", "start g1", "kill g2");
  }

  @Test
  void ingestIsKilledBesideAGateway() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.KILL, G1, 9),
            fault(2, 1, FaultKind.KILL_INGEST, List.of("ingest"), 3),
            fault(3, 2, FaultKind.KILL_INGEST, List.of("ingest"), 3));
    chaos.step(second(0));
    chaos.step(second(1));
    assertThat(calls).containsExactly("kill g1", "kill ingest");
    chaos.step(second(2));
    assertThat(calls).as("not twice at a time").hasSize(2);
    chaos.step(second(4));
    chaos.step(second(5));
    assertThat(calls).containsExactly("kill g1", "kill ingest", "start ingest", "kill ingest");
  }

  @Test
  void whenToldToStopEverythingComesBackAtOnceAndWholeFaultsCount() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.KILL_INGEST, List.of("ingest"), 3),
            fault(2, 5, FaultKind.POWER_CUT, List.of("g1", "g2", "g3"), 9),
            fault(3, 30, FaultKind.KILL, G1, 3));
    chaos.step(second(0));
    chaos.step(second(3));
    chaos.step(second(5));
    chaos.cut();
    chaos.step(second(6));
    chaos.step(second(7));

    assertThat(chaos.isThrough()).isTrue();
    assertThat(calls).endsWith("start g1", "start g2", "start g3");
    assertThat(chaos.carriedOut()).isOne();
    assertThat(said.get(said.size() - 1)).endsWith("(cut short)");
  }

  @Test
  void aFaultThatFailsIsNamed() throws Exception {
    Chaos ends = chaos(fault(1, 0, FaultKind.KILL, G1, 3));
    ends.step(second(0));
    ends.step(second(3));
    target("g1").alive = false;
    assertThatThrownBy(() -> ends.step(second(4)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("fault 1 (kill of g1) failed")
        .hasMessageContaining("log does not open");

    Chaos neverReady = chaos(fault(2, 0, FaultKind.FREEZE, G1, 4));
    target("g1").quick = false;
    neverReady.step(second(0));
    neverReady.step(second(4));
    neverReady.step(second(64));
    assertThatThrownBy(() -> neverReady.step(second(65)))
        .hasMessageContaining("fault 2 (freeze of g1) failed: it was not ready again after 60 s")
        .hasMessageContaining("no majority");

    Chaos stays = chaos(fault(3, 0, FaultKind.RESTART, G1, 3));
    target("g1").obeys = false;
    stays.step(second(0));
    stays.step(second(63));
    assertThatThrownBy(() -> stays.step(second(64)))
        .hasMessageContaining("fault 3 (restart of g1) failed: it took no effect within 60 s");
  }

  @Test
  void aGatewayThatIsNeverReadyForTheNextFaultIsNamed() throws Exception {
    Chaos chaos = chaos(fault(1, 5, FaultKind.KILL, G1, 3));
    target("g3").ready = false;
    chaos.step(second(95));
    assertThatThrownBy(() -> chaos.step(second(96)))
        .hasMessageContaining("g3 is not ready, though nothing has been done to it for 90 s")
        .hasMessageContaining("no majority");
  }

  @Test
  void patienceBeginsWhenTheFaultBeforeIsOver() throws Exception {
    Chaos chaos =
        chaos(fault(1, 0, FaultKind.KILL, G1, 3), fault(2, 9, FaultKind.KILL, List.of("g2"), 3));
    target("g1").quick = false;
    chaos.step(second(0));
    chaos.step(second(3));
    target("g3").ready = false;
    target("g1").ready = true;
    chaos.step(second(62));
    chaos.step(second(150));
    target("g3").ready = true;
    chaos.step(second(151));
    assertThat(calls).endsWith("kill g2");
  }

  @Test
  void theFileHasThePlanAndWhatHappened() throws Exception {
    Chaos chaos = chaos(fault(1, 5, FaultKind.KILL, G1, 3));
    chaos.step(Duration.ofMillis(5_250));
    chaos.step(second(9));
    chaos.step(second(11));

    List<String> lines = Files.readAllLines(folder.resolve("chaos.jsonl"));
    ObjectMapper mapper = new ObjectMapper();
    JsonNode planned = mapper.readTree(lines.get(0));
    assertThat(planned.path("event").asText()).isEqualTo("planned");
    assertThat(planned.path("seed").asLong()).isEqualTo(7);
    assertThat(planned.path("kind").asText()).isEqualTo("kill");
    assertThat(planned.path("targets").path(0).asText()).isEqualTo("g1");
    assertThat(planned.path("outage").asDouble()).isEqualTo(3);
    assertThat(mapper.readTree(lines.get(1)).path("at").asDouble()).isEqualTo(5.25);
    assertThat(mapper.readTree(lines.get(2)).path("lasted").asDouble()).isEqualTo(3.75);
    assertThat(mapper.readTree(lines.get(3)).path("event").asText()).isEqualTo("over");
    assertThat(mapper.readTree(lines.get(3)).path("recovery").asDouble()).isEqualTo(2);
    assertThat(lines).hasSize(4);
  }

  @Test
  void theTableHasALineForEachKindThatCame() throws Exception {
    Chaos chaos =
        chaos(
            fault(1, 0, FaultKind.KILL, G1, 3),
            fault(2, 20, FaultKind.KILL, List.of("g2"), 5),
            fault(3, 40, FaultKind.FREEZE, G1, 4));
    assertThat(chaos.table()).as("nothing has happened").isEmpty();
    for (int now = 0; now < 60; now++) {
      chaos.step(second(now));
    }
    assertThat(chaos.table())
        .containsExactly(
            "  fault                                           count    away at most    ready again"
                + " within",
            "  kill -9 of gateways                                 2           5.0 s               "
                + "  1.0 s",
            "  gateways frozen                                     1           4.0 s               "
                + "  1.0 s",
            "  all                                                 3           5.0 s               "
                + "  1.0 s");
  }

  @Test
  void withoutFaultsNothingIsSaidAndNothingWritten() throws Exception {
    Chaos chaos = chaos();
    chaos.step(second(100));
    assertThat(chaos.isThrough()).isTrue();
    assertThat(chaos.table()).isEmpty();
    assertThat(said).isEmpty();
    assertThat(folder.resolve("chaos.jsonl")).doesNotExist();
  }
}
