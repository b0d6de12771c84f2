package io.tidemark.sim;

import static io.tidemark.sim.Commands.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.ScriptedGateway.Answer;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is seen of a run that is made by the command, against a real MQTT server. */
@Timeout(120)
@NullUnmarked
class RunViewTest {
  private static final long STALL_NANOS = 1_000_000_000L;

  @TempDir Path folder;

  @Test
  void latencyCountsFromThePlanWhateverHeldABatchUp() throws Exception {
    AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) -> {
              if (batch.header().count() == 0) {
                return new Answer.Accept();
              }
              long now = System.nanoTime();
              first.compareAndSet(Long.MAX_VALUE, now);
              return now - first.get() < STALL_NANOS
                  ? new Answer.Refuse(MqttPubAckReasonCode.QUOTA_EXCEEDED)
                  : new Answer.Accept();
            })) {
      JsonObject json =
          run(gateway, "--devices=1", "--rate=50", "--for=2s", "--batch-size=1", "--window=1")
              .json();
      JsonObject latency = json.getJsonObject("latency");
      JsonObject response = json.getJsonObject("response");
      assertThat(latency.getLong("count")).isEqualTo(100);
      assertThat(response.getLong("count")).isEqualTo(100);
      assertThat(latency.getDouble("maxMillis")).isGreaterThanOrEqualTo(999);
      assertThat(latency.getDouble("p90Millis")).isGreaterThan(response.getDouble("p90Millis"));
      assertThat(json.getJsonArray("timeline")).hasSizeGreaterThanOrEqualTo(2);
      long acknowledged = 0;
      for (Object point : json.getJsonArray("timeline")) {
        acknowledged += ((JsonObject) point).getLong("acknowledged");
      }
      assertThat(acknowledged).isEqualTo(100);
    }
  }

  @Test
  void latencyCountsATimeInWhichNothingCouldBeProduced() throws Exception {
    AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) -> {
              if (batch.header().count() == 0) {
                return new Answer.Accept();
              }
              first.compareAndSet(Long.MAX_VALUE, System.nanoTime());
              return System.nanoTime() - first.get() < 2 * STALL_NANOS
                  ? new Answer.Refuse(MqttPubAckReasonCode.QUOTA_EXCEEDED)
                  : new Answer.Accept();
            })) {
      JsonObject json =
          run(
                  gateway,
                  "--devices=1",
                  "--rate=100",
                  "--for=1s",
                  "--batch-size=1",
                  "--outstanding-max=1",
                  "--window=1")
              .json();
      // Only the first batch was there to be held up: the others were due meanwhile all the same.
      assertThat(json.getLong("produced")).isGreaterThan(10);
      assertThat(json.getJsonObject("latency").getDouble("p50Millis")).isGreaterThanOrEqualTo(500);
    }
  }

  @Test
  void thePageIsInTheRecordsFolderWhichIsARecordAllTheSame() throws Exception {
    Path record = folder.resolve("r");
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                batch.header().count() > 0 ? new Answer.Withhold() : new Answer.Accept())) {
      Commands.Result waits =
          run(
              gateway,
              "--devices=2",
              "--rate=20",
              "--for=1s",
              "--drain=200ms",
              "--record=" + record);
      assertThat(waits.code()).isEqualTo(1);
      String page = Files.readString(record.resolve("report.html"));
      assertThat(waits.err()).contains("report in " + record.resolve("report.html"));
      assertThat(page).contains("Not verified.").contains("0 readings were acknowledged, 40 wait");

      gateway.script((batch, times) -> new Answer.Accept());
      Commands.Result rest = run(gateway, "--for=0s", "--record=" + record);
      assertThat(rest.code()).isZero();
      assertThat(rest.json().getLong("takenUp")).isEqualTo(40);
      assertThat(rest.json().getLong("recorded")).isEqualTo(40);
      assertThat(rest.json().getLong("produced")).isZero();
      assertThat(rest.json().getJsonObject("latency").getLong("count")).isZero();
      assertThat(rest.json().getJsonObject("response").getLong("count")).isPositive();
      assertThat(Files.readString(record.resolve("report.html")))
          .contains("All 40 readings were acknowledged")
          .contains("--for=0s");
    }
  }

  @Test
  void thePageGoesWhereItIsAskedForOrTheRunDoesNotBegin() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Path page = folder.resolve("page.html");
      Path record = folder.resolve("r");
      run(gateway, "--devices=1", "--for=0s", "--record=" + record, "--report=" + page);
      assertThat(Files.readString(page)).contains("--report=" + page);
      assertThat(record.resolve("report.html")).doesNotExist();

      int connections = gateway.connections();
      Commands.Result nowhere =
          run(gateway, "--for=0s", "--report=" + folder.resolve("no/page.html"));
      assertThat(nowhere.code()).isEqualTo(64);
      assertThat(nowhere.err()).contains("--report must be a file in a folder that is there");
      assertThat(run(gateway, "--for=0s", "--report=" + folder).code()).isEqualTo(64);
      assertThat(gateway.connections()).isEqualTo(connections);
    }
  }
}
