package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.ScriptedGateway.Answer;
import io.tidemark.wire.BatchHeader;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How devices behave that send something else than batches. */
@Timeout(120)
@NullUnmarked
class PayloadsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"json", "senml-cbor"})
  void whatIsRefusedForGoodIsNamedByWhoCannotDeclareIt(String payload) throws Exception {
    Path record = folder.resolve("record");
    try (ScriptedGateway gateway =
            new ScriptedGateway(
                (batch, times) ->
                    batch.header().firstSequence() == 5 && batch.header().device().endsWith("1")
                        ? new Answer.Refuse(MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID)
                        : new Answer.Accept());
        FakeApi api = new FakeApi()) {
      Commands.Result result =
          Commands.execute(
              "run",
              "--gateway=" + gateway.url(),
              "--payload=" + payload,
              "--devices=2",
              "--rate=100",
              "--for=200ms",
              "--batch-size=5",
              "--record=" + record,
              "--json");
      assertThat(result.code()).isEqualTo(1);
      assertSums(result.json(), 40);
      assertThat(result.err()).contains("readings refused for good, by devices that cannot say so");
      assertThat(gateway.accepted())
          .allMatch(batch -> batch.header().kind() == BatchHeader.Kind.READINGS);

      api.deliver(gateway.accepted());
      Commands.Result verify = verify(record, api);
      assertThat(verify.code()).isEqualTo(1);
      assertThat(verify.json().getLong("missing")).isEqualTo(refused(result.json()));
      assertThat(verify.json().getJsonArray("problems"))
          .hasSize((int) refused(result.json()))
          .allSatisfy(
              p -> {
                assertThat(((JsonObject) p).getString("kind")).isEqualTo("refused");
                assertThat(((JsonObject) p).getString("device")).isEqualTo("sim-00001");
              });

      // It is not sent again, and stays named.
      int before = gateway.received().size();
      Commands.Result again =
          Commands.execute(
              "run",
              "--gateway=" + gateway.url(),
              "--record=" + record,
              "--drain=3s",
              "--for=0s",
              "--json");
      assertThat(again.code()).isEqualTo(1);
      assertThat(again.err())
          .contains("(0 batches to send again)")
          .doesNotContain("readings wait in the record");
      assertThat(again.json().getLong("undeclared")).isEqualTo(refused(result.json()));
      assertThat(gateway.received()).hasSize(before);
    }
  }

  private static void assertSums(JsonObject run, long produced) {
    assertThat(run.getLong("produced")).isEqualTo(produced);
    assertThat(run.getLong("waiting")).isZero();
    assertThat(run.getLong("dropped")).isZero();
    assertThat(run.getLong("undeclared")).isEqualTo(refused(run)).isPositive();
    assertThat(run.getLong("acknowledged") + run.getLong("undeclared")).isEqualTo(produced);
  }

  private static long refused(JsonObject run) {
    return run.getLong("refused");
  }

  @ParameterizedTest
  @CsvSource({"json, 0", "senml, 20", "senml-cbor, 20"})
  void whatIsSentAgainIsTheSameBytesWhateverTheProcess(String payload, long repeated)
      throws Exception {
    Path record = folder.resolve("record");
    try (ScriptedGateway gateway = new ScriptedGateway((batch, times) -> new Answer.Withhold());
        FakeApi api = new FakeApi()) {
      Commands.Result first =
          Commands.execute(
              "run",
              "--gateway=" + gateway.url(),
              "--payload=" + payload,
              "--devices=1",
              "--rate=100",
              "--for=200ms",
              "--batch-size=5",
              "--drain=100ms",
              "--record=" + record,
              "--json");
      assertThat(first.code()).isEqualTo(1);
      gateway.script((batch, times) -> new Answer.Accept());
      Commands.Result rest =
          Commands.execute(
              "run", "--gateway=" + gateway.url(), "--record=" + record, "--for=0s", "--json");
      assertThat(rest.code()).as(rest.err()).isZero();
      assertThat(rest.json().getLong("acknowledged")).isEqualTo(20);
      Map<List<Byte>, Long> times =
          gateway.received().stream()
              .collect(Collectors.groupingBy(PayloadsTest::bytes, Collectors.counting()));
      assertThat(times).hasSize(4).allSatisfy((bytes, count) -> assertThat(count).isEqualTo(2));

      api.deliver(gateway.accepted());
      Commands.Result verify = verify(record, api);
      assertThat(verify.code()).as(verify.out()).isZero();
      assertThat(verify.json().getLong("stored")).isEqualTo(20);
      assertThat(verify.json().getLong("redeliveredRows")).isEqualTo(repeated);
    }
  }

  @Test
  void aRecordIsGoneOnWithByTheSamePayload() throws Exception {
    Path record = folder.resolve("record");
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      String[] run = {
        "run",
        "--gateway=" + gateway.url(),
        "--record=" + record,
        "--for=0s",
        "--devices=1",
        "--payload=json"
      };
      assertThat(Commands.execute(run).code()).isZero();
      run[5] = "--payload=senml";
      Commands.Result other = Commands.execute(run);
      assertThat(other.code()).isEqualTo(64);
      assertThat(other.err()).contains("was made with payload json, but senml is asked for");
      run[5] = "--payload=xml";
      assertThat(Commands.execute(run).err())
          .contains("a payload is one of batch, json, senml, senml-cbor, but is xml");
      run[5] = "--payload=senml";
      run[2] = "--record=" + folder.resolve("other");
      String[] fast = java.util.Arrays.copyOf(run, 7);
      fast[6] = "--rate=1001";
      Commands.Result tooFast = Commands.execute(fast);
      assertThat(tooFast.code()).isEqualTo(64);
      assertThat(tooFast.err())
          .contains("devices that send senml may take 1000 readings per second");
    }
  }

  private static Commands.Result verify(Path record, FakeApi api) {
    return Commands.execute(
        "verify", "--record=" + record, "--api=" + api.url(), "--settle=0s", "--json");
  }

  private static List<Byte> bytes(ScriptedGateway.Received received) {
    List<Byte> bytes = new java.util.ArrayList<>();
    for (byte one : received.bytes()) {
      bytes.add(one);
    }
    return bytes;
  }
}
