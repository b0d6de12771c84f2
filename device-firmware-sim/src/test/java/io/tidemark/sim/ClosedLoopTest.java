package io.tidemark.sim;

import static io.tidemark.sim.Commands.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.ScriptedGateway.Answer;
import io.tidemark.wire.Batch;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs in a closed loop, made by the command, against a real MQTT server. */
@Timeout(120)
@NullUnmarked
class ClosedLoopTest {
  @TempDir Path folder;

  @Test
  void batchesFollowTheirAcknowledgementsNotThePlan() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        FakeApi api = new FakeApi()) {
      gateway.script(
          (batch, times) -> {
            api.deliver(List.of(batch));
            return new Answer.Accept();
          });
      Commands.Result result =
          run(
              gateway,
              "--closed-loop",
              "--devices=2",
              "--rate=1",
              "--for=1s",
              "--api=" + api.url());
      assertThat(result.code()).isZero();
      JsonObject json = result.json();
      // By the plan it were two readings.
      assertThat(json.getLong("produced")).isGreaterThan(100);
      assertThat(json.getLong("acknowledged")).isEqualTo(json.getLong("produced"));
      assertThat(json.getJsonObject("latency").getLong("count")).isZero();
      JsonObject verdict = json.getJsonObject("verify");
      assertThat(verdict.getString("verdict")).isEqualTo("clean");
      assertThat(verdict.getLong("regenerated")).isEqualTo(json.getLong("produced"));
      Instant first =
          Instant.ofEpochSecond(0, readings(gateway).get(0).readings().get(0).timeNanos());
      assertThat(first).isBetween(RunPlan.CLOSED_LOOP_START, at(1));
    }
  }

  @Test
  void soManyOfADeviceAreOnTheWayAndNoMoreAlsoWhenItGoesOn() throws Exception {
    AtomicLong batches = new AtomicLong();
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) -> {
              batches.addAndGet(batch.header().count() > 0 ? 1 : 0);
              return batch.header().count() > 0 ? new Answer.Withhold() : new Answer.Accept();
            })) {
      String record = "--record=" + folder.resolve("r");
      String[] flags = {"--devices=2", "--closed-loop=3", "--for=500ms", "--drain=0s", record};
      Commands.Result result = run(gateway, flags);
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.json().getLong("batches")).isEqualTo(6);
      assertThat(batches).hasValue(6);
      assertThat(run(gateway, flags).json().getLong("batches")).isZero();

      gateway.script((batch, times) -> new Answer.Accept());
      JsonObject rest = run(gateway, "--for=0s", record).json();
      assertThat(rest.getLong("acknowledged")).isEqualTo(60);
    }
  }

  @Test
  void whatAClosedLoopCannotBeIsSaid() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      assertRefused(
          run(gateway, "--closed-loop=17"), "--closed-loop must be 1 to --window (16), but is 17");
      assertRefused(run(gateway, "--closed-loop=0"), "--closed-loop must be 1 to --window (16)");
      assertRefused(
          run(gateway, "--closed-loop", "--trace=" + folder.resolve("t")),
          "--trace is not for --closed-loop");
      assertRefused(
          run(gateway, "--closed-loop", "--device-fault=stampede at 1m"),
          "device faults come at planned times");
      assertThat(gateway.connections()).isZero();
    }
  }

  @Test
  void aStartThatIsGivenIsKept() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      run(gateway, "--closed-loop", "--devices=1", "--start=2010-01-01T00:00:00Z", "--for=100ms");
      Instant first =
          Instant.ofEpochSecond(0, readings(gateway).get(0).readings().get(0).timeNanos());
      assertThat(first).isAfter(Instant.parse("2010-01-01T00:00:00Z"));
    }
  }

  private static void assertRefused(Commands.Result result, String why) {
    assertThat(result.code()).isEqualTo(64);
    assertThat(result.err()).contains(why);
  }

  private static Instant at(long seconds) {
    return RunPlan.CLOSED_LOOP_START.plus(Duration.ofSeconds(seconds));
  }

  private static List<Batch> readings(ScriptedGateway gateway) {
    return gateway.accepted().stream().filter(batch -> batch.header().count() > 0).toList();
  }
}
