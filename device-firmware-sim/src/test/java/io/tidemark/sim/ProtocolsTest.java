package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.ScriptedCoapGateway.Answer;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs over CoAP, over MQTT 3.1.1, and over several at once, against real servers of each. */
@Timeout(120)
@NullUnmarked
class ProtocolsTest {
  @TempDir Path folder;

  private record Result(int code, String out, String err) {
    JsonObject json() {
      String[] lines = out.strip().split("\n", -1);
      return new JsonObject(lines[lines.length - 1]);
    }
  }

  @Test
  void overCoapEverythingIsSentOnceFromASocketForEachDevice() throws Exception {
    try (ScriptedCoapGateway gateway = ScriptedCoapGateway.accepting()) {
      Result result = run("--gateway=" + gateway.url(), "--devices=5", "--rate=20", "--for=1s");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("produced")).isEqualTo(100);
      assertThat(result.json().getLong("acknowledged")).isEqualTo(100);
      assertThat(result.json().getLong("resentBatches")).isZero();
      assertThat(numbers(gateway.accepted())).hasSize(100).doesNotHaveDuplicates();
      assertThat(gateway.sockets()).isEqualTo(5);
      Map<String, BatchHeader> last = new java.util.TreeMap<>();
      gateway.accepted().forEach(batch -> last.put(batch.header().device(), batch.header()));
      assertThat(last.values())
          .hasSize(5)
          .allSatisfy(header -> assertThat(header.oldestKept()).isEqualTo(20));
    }
  }

  @Test
  void aMixedFleetSpeaksAllThreeAndWhichIsKnownBeforehand() throws Exception {
    try (ScriptedGateway mqtt = ScriptedGateway.accepting();
        ScriptedCoapGateway coap = ScriptedCoapGateway.accepting()) {
      Result result =
          run(
              "--gateway=" + mqtt.url(),
              "--gateway=" + coap.url(),
              "--mqtt=mixed",
              "--devices=8",
              "--rate=10",
              "--for=1s");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(80);
      assertThat(mqtt.versions())
          .isEqualTo(Map.of("sim-00001", 5, "sim-00003", 4, "sim-00005", 5, "sim-00007", 4));
      assertThat(devices(coap.accepted()))
          .containsExactly("sim-00002", "sim-00004", "sim-00006", "sim-00008");
      List<Batch> all = Stream.concat(mqtt.accepted().stream(), coap.accepted().stream()).toList();
      assertThat(numbers(all)).hasSize(80).doesNotHaveDuplicates();
    }
  }

  @Test
  void devicesFailOverFromOneProtocolIntoTheOther() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        DatagramSocket nobody = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        ScriptedGateway mute =
            new ScriptedGateway((batch, times) -> new ScriptedGateway.Answer.Withhold());
        ScriptedCoapGateway good = ScriptedCoapGateway.accepting()) {
      int closed = nobody.getLocalPort();
      nobody.close();
      Result result =
          run(
              "--gateway=coap://127.0.0.1:" + closed,
              "--gateway=coap://127.0.0.1:" + silent.getLocalPort(),
              "--gateway=" + mute.url(),
              "--gateway=" + good.url(),
              "--ack-timeout=500ms",
              "--devices=4",
              "--rate=10",
              "--for=1s");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(40);
      assertThat(result.json().getLong("connectionsLost")).isPositive();
      assertThat(devices(good.accepted())).hasSize(4);
    }
  }

  @Test
  void whatCoapRefusesForGoodIsDeclaredWithItsCode() throws Exception {
    try (ScriptedCoapGateway gateway =
        new ScriptedCoapGateway(
            (batch, times) ->
                batch.header().kind() == BatchHeader.Kind.READINGS
                        && batch.header().firstSequence() == 5
                    ? new Answer.Respond(ResponseCode.BAD_REQUEST, 0)
                    : ScriptedCoapGateway.ACCEPT)) {
      Result result =
          run(
              "--gateway=" + gateway.url(),
              "--devices=1",
              "--rate=20",
              "--for=1s",
              "--batch-size=5");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getJsonObject("refusedByCode").getLong("4.00")).isEqualTo(5);
      assertThat(result.json().getLong("dropped")).isEqualTo(5);
      assertThat(gateway.accepted().stream().map(batch -> batch.header().dropReason()))
          .contains("refused:4.00");
    }
  }

  @Test
  void whoIsAskedToComeAgainLaterDoes() throws Exception {
    try (ScriptedCoapGateway gateway =
        new ScriptedCoapGateway(
            (batch, times) ->
                batch.header().count() > 0 && times == 1
                    ? new Answer.Respond(ResponseCode.TOO_MANY_REQUESTS, 1)
                    : ScriptedCoapGateway.ACCEPT)) {
      Result result = run("--gateway=" + gateway.url(), "--devices=1", "--rate=10", "--for=1s");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(10);
      assertThat(result.json().getLong("resentBatches")).isPositive();
    }
  }

  @Test
  void whoIsAskedToStayAwayDoes() throws Exception {
    try (ScriptedCoapGateway gateway =
        new ScriptedCoapGateway(
            (batch, times) ->
                batch.header().count() > 0 && times == 1
                    ? new Answer.Respond(ResponseCode.SERVICE_UNAVAILABLE, 50)
                    : ScriptedCoapGateway.ACCEPT)) {
      Result result =
          run(
              "--gateway=" + gateway.url(),
              "--devices=1",
              "--rate=10",
              "--for=1s",
              "--batch-size=5",
              "--drain=2s");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.json().getLong("waiting")).isEqualTo(10);
      assertThat(numbers(gateway.accepted())).isEmpty();
    }
  }

  @Test
  void aLargeBatchGoesInBlocks() throws Exception {
    try (ScriptedCoapGateway gateway = ScriptedCoapGateway.accepting()) {
      Result result =
          run(
              "--gateway=" + gateway.url(),
              "--devices=1",
              "--rate=1000",
              "--for=1s",
              "--batch-size=500");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(1_000);
      assertThat(gateway.received())
          .anySatisfy(one -> assertThat(one.bytes().length).isGreaterThan(4_096));
    }
  }

  @Test
  void mqtt311SendsAgainAfterACutAndFlagsNothingAsRepeatedInANewSession() throws Exception {
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                times == 1 && batch.header().count() > 0
                    ? new ScriptedGateway.Answer.Cut()
                    : new ScriptedGateway.Answer.Accept())) {
      Result result =
          run(
              "--gateway=" + gateway.url(),
              "--mqtt=3.1.1",
              "--devices=2",
              "--rate=10",
              "--for=1s",
              "--batch-size=5");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(20);
      assertThat(result.json().getLong("resentBatches")).isPositive();
      assertThat(gateway.versions()).isEqualTo(Map.of("sim-00001", 4, "sim-00002", 4));
      assertThat(gateway.dups()).isZero();
    }
  }

  @Test
  void whatIsNoGatewayIsSaid() throws Exception {
    for (String url : List.of("mqtts://x", "http://x:1", "coap+tcp://x")) {
      Result result = run("--gateway=" + url, "--for=0s", "--drain=0s");
      assertThat(result.code()).isEqualTo(64);
      assertThat(result.err())
          .contains("coap:// (CoAP) or coaps:// (CoAP over DTLS), but is " + url);
    }
    for (String url :
        List.of(
            "tcp://x:1/a",
            "coap://x?q",
            "coap://x#f",
            "tcp://u@x",
            "coap://x:0",
            "tcp://x:65536")) {
      Result result = run("--gateway=" + url, "--for=0s", "--drain=0s");
      assertThat(result.code()).as(url).isEqualTo(64);
      assertThat(result.err()).contains("a port from 1 to 65535").contains("but is " + url);
    }
    Result version = run("--gateway=tcp://x", "--mqtt=4", "--for=0s", "--drain=0s");
    assertThat(version.code()).isEqualTo(64);
    assertThat(version.err()).contains("5, 3.1.1, or mixed for both, but is 4");
  }

  private static Set<String> devices(List<Batch> batches) {
    Set<String> devices = new TreeSet<>();
    batches.forEach(batch -> devices.add(batch.header().device()));
    return devices;
  }

  /** Every reading that came: its device and number. */
  private static List<String> numbers(List<Batch> batches) {
    List<String> numbers = new ArrayList<>();
    for (Batch batch : batches) {
      for (int i = 0; i < batch.readings().size(); i++) {
        numbers.add(batch.header().device() + " " + (batch.header().firstSequence() + i));
      }
    }
    return numbers;
  }

  private Result run(String... flags) {
    List<String> args = new ArrayList<>(List.of("run", "--json", "--seed=7"));
    args.add("--record=" + folder.resolve("record"));
    args.addAll(List.of(flags));
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
    try {
      int code = TidemarkSim.execute(new Signals(), args.toArray(new String[0]));
      return new Result(
          code,
          outBytes.toString(StandardCharsets.UTF_8),
          errBytes.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
