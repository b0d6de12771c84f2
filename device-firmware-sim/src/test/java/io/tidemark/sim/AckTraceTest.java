package io.tidemark.sim;

import static io.tidemark.sim.Commands.execute;
import static io.tidemark.sim.Commands.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.Batch;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --ack-trace} says of runs against real MQTT servers. */
@Timeout(120)
@NullUnmarked
class AckTraceTest {
  private static final String[] RUN = {
    "run", "--json", "--devices=2", "--rate=20", "--for=1s", "--batch-size=5"
  };

  @TempDir Path folder;

  @Test
  void eachBatchIsThereWithTheGatewayThatAcknowledgedIt() throws Exception {
    Path trace = folder.resolve("acks");
    Files.writeString(trace, "of a run before");
    Instant before = Instant.now();
    try (ScriptedGateway first = ScriptedGateway.accepting();
        ScriptedGateway second = ScriptedGateway.accepting()) {
      // The links have relays before them, whose addresses are nobody's business.
      run(trace, first, second, "--link-fault=latency 1ms", "--device-fault=repeat 100%");
      List<String> expected = new ArrayList<>();
      for (ScriptedGateway gateway : List.of(first, second)) {
        gateway.accepted().stream()
            .filter(batch -> !batch.readings().isEmpty())
            .map(batch -> line(gateway.url(), batch))
            .distinct() // each was sent twice
            .forEach(expected::add);
      }
      List<String> lines = Files.readAllLines(trace);
      assertThat(expected).hasSize(8);
      assertThat(lines.stream().map(AckTraceTest::withoutTime))
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(lines)
          .allSatisfy(
              line ->
                  assertThat(Instant.parse(line.substring(0, line.indexOf(','))))
                      .isBetween(before, Instant.now()));
    }
  }

  @Test
  void whatIsRefusedOrOnlyDeclaredIsNotThere() throws Exception {
    Path trace = folder.resolve("acks");
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                batch.header().firstSequence() == 0 && !batch.readings().isEmpty()
                    ? new ScriptedGateway.Answer.Refuse(MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID)
                    : new ScriptedGateway.Answer.Accept())) {
      run(trace, gateway);
      assertThat(Files.readAllLines(trace).stream().map(line -> line.split(",", -1)[4]))
          .containsExactlyInAnyOrder("5", "5", "10", "10", "15", "15");
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsNamedBeforeAnythingIsMade() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Path record = folder.resolve("r");
      for (Path wrong : List.of(folder, folder.resolve("nowhere/acks"))) {
        Commands.Result result = run(wrong, gateway, "--record=" + record);
        assertThat(result.code()).isEqualTo(64);
        assertThat(result.err())
            .contains("--ack-trace must be a file in a folder that is there, but is " + wrong);
        assertThat(record).doesNotExist();
      }
    }
  }

  @Test
  void aDiskThatIsFullEndsTheRunAndIsNamed() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result = run(Path.of("/dev/full"), gateway);
      assertThat(result.code()).isEqualTo(2);
      assertThat(result.err()).contains("--ack-trace cannot be written");
    }
  }

  private static Commands.Result run(Path trace, ScriptedGateway gateway, String... flags) {
    return execute(with(with(RUN, "--ack-trace=" + trace, "--gateway=" + gateway.url()), flags));
  }

  private static void run(
      Path trace, ScriptedGateway first, ScriptedGateway second, String... flags) {
    Commands.Result result = run(trace, first, with(flags, "--gateway=" + second.url()));
    assertThat(result.code()).as(result.err()).isZero();
  }

  private static String line(String gateway, Batch batch) {
    return Stream.of(
            batch.header().device(),
            URI.create(gateway),
            batch.header().epoch(),
            batch.header().firstSequence(),
            batch.readings().size())
        .map(Object::toString)
        .reduce((a, b) -> a + "," + b)
        .orElseThrow();
  }

  private static String withoutTime(String line) {
    return line.substring(line.indexOf(',') + 1);
  }
}
