package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** An agent that speaks CoAP to a gateway that dies: every reading is one row all the same. */
class AgentOverCoapTest {
  @Test
  void everyReadingIsARowThoughTheGatewayIsKilled() throws Exception {
    try (TestPipeline test = TestPipeline.started("agent-coap")) {
      ChildProcess agent =
          test.parts()
              .agent(
                  List.of(test.parts().coapUrl()),
                  Map.of("commit-interval", "100ms"),
                  "20ms",
                  Duration.ofSeconds(90));
      agent.start();
      awaitStored(test, 200);
      test.parts().gateway().kill();
      long before = test.agentProduced();
      Awaitility.await("the journal fills")
          .atMost(TestPipeline.LONG)
          .until(() -> test.agentProduced() > before + 200); // large enough to go in blocks
      test.parts().startGateway();
      awaitStored(test, before + 200);

      agent.terminate();
      assertThat(agent.waitFor(TestPipeline.LONG)).isTrue();
      assertThat(agent.exitCode()).as(agent.logTail()).isZero();
      long produced = test.agentProduced();
      Sums sums = test.awaitSettled(produced);
      assertThat(sums.stored()).isEqualTo(produced);
      assertThat(sums.missing()).isZero();
      assertThat(sums.duplicates()).isZero();
      assertThat(test.gatewayMetric("tidemark_gateway_connections")).as("over MQTT").isZero();
    }
  }

  private static void awaitStored(TestPipeline test, long count) {
    Awaitility.await(count + " rows")
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> test.ledger().stored() >= count);
  }
}
