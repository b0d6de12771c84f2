package io.tidemark.sim;

import static io.tidemark.sim.Commands.execute;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.ScriptedGateway.Answer;
import io.tidemark.sim.ScriptedGateway.Received;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.BatchHeader.Kind;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with devices as a gateway sees it. */
@Timeout(60)
@NullUnmarked
class DeviceFaultsTest {
  @TempDir Path folder;

  @Test
  void aBatchThatIsTakenIsTakenWhateverBecomesOfItsRepetition() throws Exception {
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                batch.header().count() > 0 && times > 1
                    ? new Answer.Refuse(MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID)
                    : new Answer.Accept())) {
      Commands.Result result =
          run(gateway, "--devices=1", "--for=1s", "--device-fault=repeat 100%");
      assertThat(result.code()).isZero();
      assertThat(result.json().getLong("acknowledged"))
          .isEqualTo(result.json().getLong("produced"))
          .isPositive();
      assertThat(result.json().getLong("refused")).isZero();
      assertThat(result.json().getLong("dropped")).isZero();
      assertThat(result.json().getLong("resentBatches")).isPositive();
    }
  }

  @Test
  void anEpochThatBeginsAtTheVeryEndIsSentAndClosedToo() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result =
          execute(
              "run",
              "--gateway=" + gateway.url(),
              "--json",
              "--record=" + folder.resolve("r"),
              "--seed=7",
              "--devices=5",
              "--rate=1000",
              "--batch-size=10",
              "--for=1s",
              "--device-fault=new-card at 998ms");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(5 * 1_000);
      Map<Long, BatchHeader> last = new LinkedHashMap<>();
      gateway.accepted().forEach(batch -> last.put(batch.header().epoch(), batch.header()));
      assertThat(last.values())
          .hasSize(10)
          .allMatch(h -> h.kind() == Kind.STATUS && h.oldestKept() == h.nextSequence());
    }
  }

  @Test
  void whatIsHeldBackMustNotTakeAllTheRoom() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result =
          run(
              gateway,
              "--devices=3",
              "--for=1s",
              "--device-fault=reorder 100%",
              "--outstanding-max=5");
      assertThat(result.code()).isEqualTo(64);
      assertThat(result.err()).contains("--outstanding-max must be 6 or more").contains("but is 5");
      assertThat(
              run(
                      gateway,
                      "--devices=3",
                      "--for=1s",
                      "--device-fault=reorder 100%",
                      "--outstanding-max=6")
                  .code())
          .isZero();
    }
  }

  @Test
  void aDeviceWithoutPowerIsSilentAndThenResetsAndSendsWhatItKept() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result =
          run(gateway, "--devices=1", "--for=2500ms", "--device-fault=reboot for 500ms at 1500ms");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("produced")).isEqualTo(80);
      assertThat(result.json().getLong("acknowledged")).isEqualTo(80);
      assertThat(result.json().getJsonObject("deviceFaults").getLong("reboot")).isEqualTo(1);
      assertThat(result.err()).contains("were struck 1 time: 1 reboot");
      assertThat(gateway.connections()).isEqualTo(2);
      assertThat(gateway.goodbyes()).as("only the last one is said").isEqualTo(1);
      assertThat(numbers(gateway, 0)).containsExactlyElementsOf(upTo(80));
    }
  }

  @Test
  void whatIsOffFromTheBeginningDoesNotConnectAndComesBackAtTheEnd() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Path record = folder.resolve("r");
      Commands.Result result =
          run(gateway, record, "--devices=2", "--for=2s", "--device-fault=reboot for 1h at 1500ms");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(2 * 60);
      assertThat(gateway.connections()).isEqualTo(4);

      // In the middle of it, it goes on: nothing more is measured.
      Commands.Result rest = run(gateway, record, "--for=500ms");
      assertThat(rest.json().getLong("produced")).isZero();
    }
  }

  @Test
  void aNewCardIsANewEpochAndALastStatusEndsTheOldOne() throws Exception {
    Path record = folder.resolve("r");
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        FakeApi api = new FakeApi()) {
      gateway.script(
          (batch, times) -> {
            if (batch.header().count() > 0 && times == 1 && batch.header().firstSequence() == 5) {
              return new Answer.Refuse(MqttPubAckReasonCode.QUOTA_EXCEEDED); // taken later
            }
            api.deliver(List.of(batch));
            return new Answer.Accept();
          });
      Commands.Result result =
          run(gateway, record, "--devices=2", "--for=1s", "--device-fault=new-card at 350ms");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(gateway.connections()).as("one connection, whatever the epochs").isEqualTo(2);
      for (Map.Entry<Long, List<BatchHeader>> epoch : epochs(gateway).entrySet()) {
        List<BatchHeader> headers = epoch.getValue();
        BatchHeader last = headers.get(headers.size() - 1);
        assertThat(last.kind()).isEqualTo(Kind.STATUS);
        assertThat(last.oldestKept()).isEqualTo(last.nextSequence()).isIn(14L, 26L);
      }
      assertThat(epochs(gateway)).hasSize(4);

      // Goes on with the new epochs; what has ended is said once more, and nothing else of it.
      int before = gateway.received().size();
      Commands.Result rest = run(gateway, record, "--for=250ms");
      assertThat(rest.json().getLong("produced")).isEqualTo(20);
      List<Batch> later = gateway.received().stream().skip(before).map(Received::batch).toList();
      assertThat(later)
          .filteredOn(b -> b.header().kind() == Kind.READINGS)
          .allMatch(b -> b.header().firstSequence() >= 26);
      Commands.Result check =
          execute("verify", "--record=" + record, "--api=" + api.url(), "--json");
      assertThat(check.json().getString("verdict")).as(check.err()).isEqualTo("clean");
      assertThat(check.json().getLong("produced")).isEqualTo(100);
      assertThat(check.json().getLong("regenerated")).isEqualTo(100);
    }
  }

  @Test
  void aStampedeIsAllConnectionsAgainAtOnce() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result =
          run(gateway, "--devices=20", "--for=4s", "--device-fault=stampede at 3s on 100%");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("produced")).isEqualTo(20 * 160);
      assertThat(gateway.connections()).isEqualTo(40);
      assertThat(gateway.goodbyes()).isEqualTo(20);
      assertThat(result.json().getLong("connectionsLost")).isZero();
    }
  }

  @Test
  void theShareOfBatchesComesTwiceOrLate() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result = run(gateway, "--devices=1", "--for=1s", "--device-fault=repeat 50%");
      assertThat(result.code()).as(result.err()).isZero();
      long batches = result.json().getLong("batches");
      assertThat(readings(gateway).size() - batches)
          .isBetween(1L, batches - 1)
          .isEqualTo(result.json().getLong("resentBatches"));
      assertThat(readings(gateway).stream().map(h -> h.firstSequence()).distinct())
          .hasSize((int) batches);
      assertThat(result.json().getLong("acknowledged")).isEqualTo(40);
    }
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Commands.Result result =
          run(gateway, "--devices=1", "--for=1s", "--device-fault=reorder 100%");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(readings(gateway).stream().map(h -> h.firstSequence()))
          .startsWith(5L, 0L, 15L, 10L, 25L, 20L)
          .hasSize(8);
      assertThat(result.json().getLong("resentBatches")).isZero();
    }
    try (ScriptedCoapGateway gateway =
        new ScriptedCoapGateway((batch, times) -> ScriptedCoapGateway.ACCEPT)) {
      Commands.Result result =
          run(
              gateway.url(),
              folder.resolve("coap"),
              "--devices=1",
              "--for=1s",
              "--device-fault=reorder 100%",
              "--device-fault=new-card at 500ms",
              "--device-fault=reboot for 100ms at 600ms");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(36);
    }
  }

  @Test
  void aRecordGoesOnOnlyWithTheSameFaults() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Path record = folder.resolve("r");
      run(gateway, record, "--devices=1", "--for=0s", "--device-fault=stampede at 1m");
      assertThat(run(gateway, record, "--for=0s").code()).as("taken from it").isZero();
      Commands.Result other = run(gateway, record, "--for=0s", "--device-fault=stampede at 2m");
      assertThat(other.code()).isEqualTo(64);
      assertThat(other.err())
          .contains("made with device-faults stampede at 1m, but stampede at 2m is asked for");
      Commands.Result wrong = run(gateway, folder.resolve("x"), "--device-fault=flood");
      assertThat(wrong.code()).isEqualTo(64);
      assertThat(wrong.err()).contains("device fault 'flood': there is no 'flood', only reboot");
    }
  }

  private Commands.Result run(ScriptedGateway gateway, String... flags) throws Exception {
    return run(gateway, Files.createTempDirectory(folder, "r"), flags);
  }

  private Commands.Result run(ScriptedGateway gateway, Path record, String... flags) {
    return run(gateway.url(), record, flags);
  }

  /** 40 readings a second in batches of five. */
  private static Commands.Result run(String gateway, Path record, String... flags) {
    List<String> args = new ArrayList<>(List.of("run", "--gateway", gateway, "--json"));
    args.addAll(List.of("--record=" + record, "--batch-size=5", "--batch-interval=5s"));
    if (!Files.exists(record.resolve("readings.record"))) {
      args.addAll(List.of("--seed=7", "--rate=40"));
    }
    args.addAll(List.of(flags));
    return execute(args.toArray(String[]::new));
  }

  private static List<BatchHeader> readings(ScriptedGateway gateway) {
    return gateway.accepted().stream()
        .map(Batch::header)
        .filter(header -> header.kind() == Kind.READINGS)
        .toList();
  }

  /** What was taken, by epoch, in the order in which it came. */
  private static Map<Long, List<BatchHeader>> epochs(ScriptedGateway gateway) {
    Map<Long, List<BatchHeader>> epochs = new LinkedHashMap<>();
    for (Batch batch : gateway.accepted()) {
      epochs.computeIfAbsent(batch.header().epoch(), e -> new ArrayList<>()).add(batch.header());
    }
    return epochs;
  }

  private static List<Long> numbers(ScriptedGateway gateway, int epoch) {
    List<BatchHeader> headers = List.copyOf(epochs(gateway).values()).get(epoch);
    return headers.stream()
        .filter(header -> header.kind() == Kind.READINGS)
        .flatMap(header -> Stream.iterate(header.firstSequence(), n -> n + 1).limit(header.count()))
        .sorted()
        .toList();
  }

  private static List<Long> upTo(int count) {
    return Stream.iterate(0L, n -> n + 1).limit(count).toList();
  }
}
