package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Pipeline;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The journal's limit is reached while no gateway is there: what is dropped is declared. */
class JournalLimitTest {

  @Test
  void whatTheJournalDropsIsInTheLedgerAndTheSumsAreRight() throws Exception {
    try (TestPipeline test = TestPipeline.started("journal-limit")) {
      test.parts().gateway().terminate();
      assertThat(test.parts().gateway().waitFor(TestPipeline.LONG)).isTrue();
      ChildProcess agent =
          test.parts()
              .agent(
                  Map.of("max-bytes", "64KiB", "commit-interval", "20ms"),
                  "20ms",
                  Duration.ofSeconds(60));
      agent.start();
      Awaitility.await("the journal drops")
          .atMost(TestPipeline.LONG)
          .pollInterval(Duration.ofSeconds(2)) // a process each time
          .ignoreExceptionsInstanceOf(
              IOException.class) // there is no journal before the agent has made it
          .until(() -> dropped(test.parts().agentJournal()) > 100);

      test.parts().startGateway();
      agent.terminate();
      assertThat(agent.waitFor(TestPipeline.LONG)).isTrue();
      assertThat(agent.exitCode()).as(agent.logTail()).isZero();

      long produced = test.agentProduced();
      Sums sums = test.awaitSettled(produced);
      assertThat(sums.dropped()).isGreaterThan(100);
      assertThat(sums.stored()).isPositive();
      assertThat(sums.stored() + sums.dropped()).isEqualTo(produced);
      assertThat(sums.missing()).isZero();
      JsonNode ranges = ledger(test).path("epochs").path(0).path("droppedRanges");
      assertThat(ranges.path(0).path("reason").asText()).isEqualTo("journal_full");
      assertThat(ranges.path(0).path("first").asLong()).isZero();
    }
  }

  private static long dropped(JsonNode journal) {
    long dropped = 0;
    for (JsonNode epoch : journal) {
      dropped += epoch.path("dropped").asLong();
    }
    return dropped;
  }

  private static JsonNode ledger(TestPipeline test) throws Exception {
    return test.parts()
        .http()
        .get(test.parts().apiUrl() + "/api/v1/devices/" + Pipeline.AGENT_DEVICE + "/ledger");
  }
}
