package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Agent, gateway and ingest are killed at random moments under load, again and again. */
class KillTest {
  private static final int ROUNDS = 10;
  private static final long SEED = Long.getLong("systemtest.seed", 20_261_123L);

  @Test
  void nothingIsMissingAndNothingDoubledAfterTenRoundsOfKilling() throws Exception {
    try (TestPipeline test = TestPipeline.started("kill")) {
      ChildProcess agent =
          test.parts().agent(Map.of("commit-interval", "200ms"), "100ms", Duration.ofSeconds(60));
      ChildProcess sim = test.load(SEED);
      agent.start();
      sim.start();
      Awaitility.await()
          .atMost(TestPipeline.LONG)
          .untilAsserted(
              () ->
                  assertThat(test.parts().running())
                      .as("each runs with its archived classes")
                      .hasSize(4)
                      .allSatisfy(KillTest::assertClassesArchived));
      Random random = new Random(SEED);
      for (int round = 1; round <= ROUNDS; round++) {
        killEach(List.of(agent, test.parts().gateway(), test.parts().ingest()), sim, random);
        awaitProgress(test, round);
      }
      agent.terminate();
      sim.terminate();
      assertThat(agent.waitFor(TestPipeline.LONG)).as("agent ends").isTrue();
      assertThat(sim.waitFor(TestPipeline.LONG)).as("simulator ends").isTrue();
      assertThat(agent.exitCode()).as("agent drained").isZero();

      judge(test);
    }
  }

  /** Kills each process after a random time and starts it again after another, in random order. */
  private static void killEach(List<ChildProcess> processes, ChildProcess load, Random random)
      throws InterruptedException {
    List<ChildProcess> order = new ArrayList<>(processes);
    Collections.shuffle(order, random);
    for (ChildProcess process : order) {
      under(load, random.nextInt(1_500));
      process.kill();
      under(load, random.nextInt(500));
      process.start();
    }
  }

  /** Lets time pass while the load goes on. */
  private static void under(ChildProcess load, int millis) throws InterruptedException {
    assertThat(load.waitFor(Duration.ofMillis(millis)))
        .as("simulator ended: " + load.logTail())
        .isFalse();
  }

  /**
   * Kills come back to back, but each round ends with readings arriving again: recovery is from
   * traffic to traffic.
   */
  private static void awaitProgress(TestPipeline test, int round) {
    long[] before = {-1};
    Awaitility.await("readings stored again after round " + round)
        .atMost(TestPipeline.LONG)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              long stored = test.ledger().stored();
              if (before[0] < 0) {
                before[0] = stored;
              }
              return stored > before[0];
            });
  }

  private static void judge(TestPipeline test) throws IOException, InterruptedException {
    TestPipeline.Finished simVerdict = test.verify("record");
    long simProduced = simVerdict.json().path("produced").asLong();
    long agentProduced = test.agentProduced();
    assertThat(simProduced).as("produced by the simulator").isGreaterThan(1_000);
    assertThat(agentProduced).as("produced by the agent").isGreaterThan(100);

    Sums sums = test.awaitSettled(simProduced + agentProduced);
    assertThat(sums.missing()).as("missing").isZero();
    assertThat(sums.duplicates()).as("duplicates").isZero();
    assertThat(sums.stored()).as("stored").isEqualTo(simProduced + agentProduced);

    TestPipeline.Finished verdict = test.verify("record");
    assertThat(verdict.exitCode()).as(verdict.output() + verdict.log()).isZero();
    JsonNode rebuilt =
        test.parts().http().post(test.parts().apiUrl() + "/api/v1/ledger/rebuild", "{}");
    assertThat(rebuilt.path("agreed").asBoolean()).as("rebuild agrees: " + rebuilt).isTrue();
  }

  /** As {@code deploy/archive-classes} has made them: mapped into the process, as maps says. */
  private static void assertClassesArchived(ChildProcess process) throws IOException {
    assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/maps")))
        .as(process.name())
        .containsPattern("(quarkus-run|edge-agent|tidemark-sim)\\.jsa");
  }
}
