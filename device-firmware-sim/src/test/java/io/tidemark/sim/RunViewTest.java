package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.ScriptedGateway.Answer;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is seen of a run that is made by the command, against a real MQTT server. */
@Timeout(120)
@NullUnmarked
class RunViewTest {
  private static final long STALL_NANOS = 1_000_000_000L;

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

  private static SimTest.Result run(ScriptedGateway gateway, String... flags) {
    String[] args = new String[flags.length + 4];
    args[0] = "run";
    args[1] = "--gateway";
    args[2] = gateway.url();
    args[3] = "--json";
    System.arraycopy(flags, 0, args, 4, flags.length);
    return SimTest.execute(args);
  }
}
