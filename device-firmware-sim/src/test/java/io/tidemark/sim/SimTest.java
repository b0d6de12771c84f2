package io.tidemark.sim;

import static io.tidemark.sim.Commands.execute;
import static io.tidemark.sim.Commands.largest;
import static io.tidemark.sim.Commands.numbers;
import static io.tidemark.sim.Commands.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.Commands.Result;
import io.tidemark.sim.ScriptedGateway.Answer;
import io.tidemark.sim.hardware.FakeAgent;
import io.tidemark.sim.hardware.HardwareAgent;
import io.tidemark.sim.record.HardwareFolder;
import io.tidemark.testing.FreePort;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands as they are, against a real MQTT server that follows a script. */
@Timeout(120)
@NullUnmarked
class SimTest {
  private static final String START = "2026-01-01T00:00:00Z";

  @TempDir Path folder;

  @Test
  void everythingProducedIsSentOnceAndDeclared() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Result result =
          run(gateway, "--devices", "5", "--rate", "20", "--for", "2s", "--batch-size", "7");
      assertThat(result.code()).isZero();
      JsonObject json = result.json();
      assertThat(json.getLong("produced")).isEqualTo(200);
      assertThat(json.getLong("acknowledged")).isEqualTo(200);
      assertThat(json.getLong("refused")).isZero();
      assertThat(json.getLong("waiting")).isZero();
      assertThat(json.getLong("seed")).isEqualTo(7);
      assertThat(json.getDouble("seconds")).isBetween(1.9, 60.0);
      assertThat(numbers(gateway.accepted()))
          .hasSize(5)
          .allSatisfy((d, n) -> assertThat(n).hasSize(40));
      assertThat(largest(gateway.accepted())).isEqualTo(7);
      assertDeclaredDone(gateway, 5);
      for (Batch batch : gateway.accepted()) {
        assertThat(batch.header().device()).matches("sim-0000[1-5]");
      }
      assertThat(epochs(gateway.accepted())).hasSize(5);
    }
  }

  @Test
  void aRealAgentRunsBesideThem() throws Exception {
    Path jar = FakeAgent.jar(folder);
    Path record = folder.resolve("record");
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Result result =
          runUntil(
              () -> hasContent(HardwareFolder.of(record).journalFile()),
              gateway,
              "--devices=1",
              "--prefix=lab-",
              "--record=" + record,
              "--hardware=" + jar);
      assertThat(result.code()).as("a reading and a declaration wait").isEqualTo(1);
      JsonObject hardware = result.json().getJsonObject("hardware");
      assertThat(hardware.getLong("produced")).isEqualTo(5);
      assertThat(hardware.getJsonArray("epochs").getJsonObject(0).getString("device"))
          .isEqualTo("lab-hardware");
      assertThat(result.err()).contains("5 readings by a real agent").contains("2 readings wait");
      assertThat(HardwareFolder.of(record).running()).isEmpty();
      HardwareAgent.start(
          jar, HardwareFolder.of(record), "hardware", List.of(), null, Duration.ofSeconds(20));
      assertThat(HardwarePlan.NONE.start(record, List.of(), null, Duration.ZERO)).isNull();
      assertThat(HardwareFolder.of(record).running()).as("without --hardware too").isEmpty();
      assertThat(run(gateway, "--hardware", "smoke").err())
          .contains("there is no file smoke (a scenario is written before --hardware)");
      assertThat(run(gateway, "--for=1s", "--hardware").err())
          .contains("--hardware needs the edge agent's jar");
    }
  }

  @Test
  void anAgentThatDiesIsToldAndCountsWhateverTheCheckFinds() throws Exception {
    Path jar = FakeAgent.jar(folder);
    Path record = folder.resolve("record");
    try (FakeApi api = new FakeApi();
        ScriptedGateway gateway =
            new ScriptedGateway(
                (batch, times) -> {
                  api.deliver(List.of(batch));
                  return new Answer.Accept();
                })) {
      Result result =
          runUntil(
              () -> {
                HardwareFolder agent = HardwareFolder.of(record);
                return hasContent(agent.pid()) && agent.running().isEmpty();
              },
              gateway,
              "--devices=1",
              "--prefix=dying-",
              "--record=" + record,
              "--api=" + api.url(),
              "--hardware=" + jar);
      assertThat(result.json().getJsonObject("verify").getString("verdict"))
          .as(result.err())
          .isEqualTo("clean");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err())
          .contains("something is wrong with the real agent: it ended by itself, with exit code 3")
          .doesNotContain("not everything is acknowledged");
      assertThat(result.json().getJsonObject("hardware").getString("trouble"))
          .contains("exit code 3");
      assertThat(record.resolve("report.html")).content().contains("by itself, with exit code 3");
    }
  }

  @Test
  void batchesAreRetriedWithTheSameBytesWhenConnectionsAreCut() throws Exception {
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                times == 1 && batch.header().firstSequence() % 3 == 0 && batch.header().count() > 0
                    ? new Answer.Cut()
                    : new Answer.Accept())) {
      Result result =
          run(gateway, "--devices", "3", "--rate", "20", "--for", "2s", "--batch-size", "1");
      assertThat(result.code()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(120);
      assertThat(result.json().getLong("resentBatches")).isPositive();
      assertThat(result.json().getLong("connectionsLost")).isPositive();
      Map<String, Set<String>> bytesOfNumber = new TreeMap<>();
      for (ScriptedGateway.Received one : gateway.received()) {
        BatchHeader header = one.batch().header();
        if (header.count() > 0) {
          bytesOfNumber
              .computeIfAbsent(
                  header.device() + "/" + header.firstSequence(), k -> new java.util.TreeSet<>())
              .add(Arrays.toString(one.bytes()));
        }
      }
      assertThat(bytesOfNumber).hasSize(120).allSatisfy((k, v) -> assertThat(v).hasSize(1));
    }
  }

  @Test
  void aWithheldAcknowledgementIsWaitedForAndWaitingIsReported() throws Exception {
    Path record = folder.resolve("record");
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                batch.header().count() > 0 && batch.header().firstSequence() >= 10
                    ? new Answer.Withhold()
                    : new Answer.Accept())) {
      Result result =
          run(
              gateway,
              "--devices=2",
              "--rate=10",
              "--for=2s",
              "--batch-size=5",
              "--drain=1s",
              "--record=" + record);
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.json().getLong("acknowledged")).isEqualTo(20);
      assertThat(result.json().getLong("waiting")).isEqualTo(20);
      assertThat(result.err()).contains("20 readings wait in the record");
      for (Batch batch : gateway.accepted()) {
        assertThat(batch.header().oldestKept()).isLessThanOrEqualTo(10);
      }

      // The same record, a gateway that acknowledges: the rest is sent, nothing is produced.
      gateway.script((batch, times) -> new Answer.Accept());
      Result rest = run(gateway, "--for=0s", "--record=" + record);
      assertThat(rest.code()).isZero();
      assertThat(rest.json().getLong("produced")).isZero();
      assertThat(rest.json().getLong("acknowledged")).isEqualTo(20);
      assertThat(rest.err()).contains("going on with the record");
      assertDeclaredDone(gateway, 2);
      assertThat(epochs(gateway.accepted())).hasSize(2);
    }
  }

  @Test
  void whatIsRefusedForGoodIsDroppedAndDeclared() throws Exception {
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                batch.header().kind() == BatchHeader.Kind.READINGS
                        && batch.header().firstSequence() == 10
                    ? new Answer.Refuse(MqttPubAckReasonCode.PAYLOAD_FORMAT_INVALID)
                    : new Answer.Accept())) {
      Result result = run(gateway, "--devices=2", "--rate=10", "--for=3s", "--batch-size=5");
      assertThat(result.code()).isZero();
      JsonObject json = result.json();
      assertThat(json.getLong("produced")).isEqualTo(60);
      assertThat(json.getLong("refused")).isEqualTo(10);
      assertThat(json.getLong("dropped")).isEqualTo(10);
      assertThat(json.getLong("acknowledged")).isEqualTo(50);
      assertThat(json.getJsonObject("refusedByCode").getLong("0x99")).isEqualTo(10);
      List<BatchHeader> drops =
          gateway.accepted().stream()
              .map(Batch::header)
              .filter(h -> h.kind() == BatchHeader.Kind.DROP)
              .toList();
      assertThat(drops).hasSize(2);
      assertThat(drops)
          .allSatisfy(
              h -> {
                assertThat(h.dropReason()).isEqualTo("refused:0x99");
                assertThat(h.firstSequence()).isEqualTo(10);
                assertThat(h.count()).isEqualTo(5);
              });
      assertThat(gateway.received().stream().filter(r -> !r.accepted()).count())
          .as("never sent again")
          .isEqualTo(2);
      assertDeclaredDone(gateway, 2);
    }
  }

  @Test
  void whatIsRefusedForNowIsSentAgain() throws Exception {
    try (ScriptedGateway gateway =
        new ScriptedGateway(
            (batch, times) ->
                times <= 2 && batch.header().count() > 0
                    ? new Answer.Refuse(MqttPubAckReasonCode.QUOTA_EXCEEDED)
                    : new Answer.Accept())) {
      Result result = run(gateway, "--devices=1", "--rate=10", "--for=1s", "--batch-size=5");
      assertThat(result.code()).isZero();
      assertThat(result.json().getLong("acknowledged")).isEqualTo(10);
      assertThat(result.json().getLong("refused")).isZero();
      assertThat(result.json().getLong("resentBatches")).isGreaterThanOrEqualTo(4);
    }
  }

  @Test
  void devicesGoToTheNextGatewayWhenOneIsAwayOrSilent() throws Exception {
    try (ScriptedGateway silent = new ScriptedGateway((batch, times) -> new Answer.Withhold());
        ScriptedGateway good = ScriptedGateway.accepting()) {
      String closed = "tcp://127.0.0.1:" + FreePort.next();
      Result result =
          execute(
              "run",
              "--gateway",
              closed,
              "--gateway",
              silent.url(),
              "--gateway",
              good.url(),
              "--devices=3",
              "--rate=10",
              "--for=1s",
              "--json",
              "--ack-timeout=1s",
              "--record=" + folder.resolve("r"));
      assertThat(result.code()).isZero();
      assertThat(silent.connections()).isPositive();
      assertThat(result.json().getLong("connectionsFailed")).isPositive();
      assertThat(result.json().getLong("connectionsLost"))
          .isPositive()
          .isLessThanOrEqualTo(result.json().getLong("connections"));
      assertThat(numbers(good.accepted())).hasSize(3);
      assertDeclaredDone(good, 3);
    }
  }

  @Test
  void theWindowIsKeptAndTheGatewaysReceiveMaximumToo() throws Exception {
    assertThat(mostUnanswered(65_535, "--window=3")).isEqualTo(4); // and a status
    assertThat(mostUnanswered(65_535, "--window=9")).isEqualTo(10);
    assertThat(mostUnanswered(5, "--window=9")).isEqualTo(5);
    assertThat(mostUnanswered(1, "--window=9")).isEqualTo(1);
  }

  private int mostUnanswered(int receiveMaximum, String window) throws Exception {
    try (ScriptedGateway gateway =
        new ScriptedGateway((batch, times) -> new Answer.Withhold())
            .receiveMaximum(receiveMaximum)) {
      Result result =
          execute(
              "run",
              "--gateway",
              gateway.url(),
              "--devices=1",
              "--rate=100",
              "--for=1s",
              "--batch-size=1",
              "--drain=500ms",
              "--json",
              window,
              "--record",
              Files.createTempDirectory(folder, "r").toString());
      assertThat(result.code()).isEqualTo(1);
      return gateway.maxUnanswered();
    }
  }

  @Test
  void producingWaitsWhenTooMuchIsOutstanding() throws Exception {
    try (ScriptedGateway gateway = new ScriptedGateway((batch, times) -> new Answer.Withhold())) {
      Result result =
          run(
              gateway,
              "--devices=1",
              "--rate=100",
              "--for=1s",
              "--batch-size=1",
              "--outstanding-max=12",
              "--drain=500ms");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.json().getLong("produced")).isEqualTo(12);
    }
  }

  @Test
  void statusesAreSentAsOftenAsAsked() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      run(
          gateway,
          "--devices=1",
          "--rate=1",
          "--for=2s",
          "--status-interval=100ms",
          "--keep-alive=7s");
      assertThat(statuses(gateway)).isGreaterThanOrEqualTo(8);
      assertThat(gateway.keepAliveSeconds()).isEqualTo(7);
    }
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      run(gateway, "--devices=1", "--rate=1", "--for=2s");
      assertThat(statuses(gateway)).isEqualTo(2); // on connecting and at the end
      assertThat(gateway.keepAliveSeconds()).isEqualTo(30);
    }
  }

  @Test
  void devicesConnectAtTheirPace() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      CompletableFuture<Result> running =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return run(
                      gateway,
                      "--devices=5",
                      "--rate=1",
                      "--for=2s",
                      "--connects-per-second=1",
                      "--drain=20s");
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      Result result = running.get(60, TimeUnit.SECONDS);
      assertThat(result.code()).isZero();
      assertThat(result.json().getDouble("seconds")).isGreaterThan(4.0);
    }
  }

  @Test
  void batchIntervalAndPrefixAreKept() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      run(
          gateway,
          "--devices=1",
          "--rate=10",
          "--for=2s",
          "--batch-size=100",
          "--batch-interval=450ms",
          "--prefix=roof.");
      assertThat(largest(gateway.accepted())).isEqualTo(5);
      assertThat(gateway.accepted()).allMatch(b -> b.header().device().equals("roof.00001"));
    }
  }

  @Test
  void theSameSeedGivesTheSameTraceAndTheTraceIsWhatWasSent() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Path first = folder.resolve("first");
      Path second = folder.resolve("second");
      String[] flags = {"--devices=4", "--rate=25", "--for=1s", "--start=" + START};
      run(gateway, with(flags, "--trace=" + first, "--record=" + folder.resolve("r1")));
      List<Batch> sent = gateway.accepted();
      run(gateway, with(flags, "--trace=" + second, "--record=" + folder.resolve("r2")));
      assertThat(Files.readAllBytes(second)).isEqualTo(Files.readAllBytes(first));
      assertThat(Files.readAllLines(first))
          .hasSize(100)
          .allMatch(l -> l.contains(",2026-01-01T00:00:00"));
      for (Batch batch : sent) {
        for (int i = 0; i < batch.readings().size(); i++) {
          String begin =
              "%s,%d,".formatted(batch.header().device(), batch.header().firstSequence() + i);
          assertThat(Files.readAllLines(first)).anyMatch(l -> l.startsWith(begin));
        }
      }
    }
  }

  @Test
  void aSignalStopsTheSourcesAndTheRestIsSent() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Signals signals = new Signals();
      CompletableFuture<Integer> running =
          CompletableFuture.supplyAsync(
              () ->
                  TidemarkSim.execute(
                      signals,
                      "run",
                      "--gateway",
                      gateway.url(),
                      "--devices=3",
                      "--rate=10",
                      "--record=" + folder.resolve("r")));
      await().atMost(ScriptedGateway.PATIENCE).until(() -> numbers(gateway.accepted()).size() == 3);
      signals.stop();
      assertThat(running.get(60, TimeUnit.SECONDS)).isZero();
      assertDeclaredDone(gateway, 3);
    }
  }

  @Test
  void anotherPlanForARecordIsWrongUsage() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Path record = folder.resolve("r");
      run(gateway, "--devices=2", "--for=0s", "--record=" + record);
      Result other =
          execute("run", "--gateway", gateway.url(), "--devices=3", "--record=" + record);
      assertThat(other.code()).isEqualTo(64);
      assertThat(other.err()).contains("made with devices 2, but 3 is asked for");
    }
  }

  @Test
  void aScenarioIsRunVerifiedAndGoneOnWith() throws Exception {
    Path record = folder.resolve("r");
    Path trace = folder.resolve("t");
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        FakeApi api = new FakeApi()) {
      gateway.script(
          (batch, times) -> {
            api.deliver(List.of(batch));
            return new Answer.Accept();
          });
      String[] flags = {"run", "smoke", "--gateway", gateway.url(), "--json", "--record=" + record};
      Result result =
          execute(with(flags, "--for=2s", "--rate=10", "--trace=" + trace, "--api=" + api.url()));
      assertThat(result.err()).contains("seed 1, start");
      assertThat(result.code()).isZero();
      assertThat(result.json().getLong("produced")).isEqualTo(18 * 20);
      JsonObject verdict = result.json().getJsonObject("verify");
      assertThat(verdict.getString("verdict")).isEqualTo("clean");
      assertThat(verdict.getLong("stored")).isEqualTo(18 * 20);
      assertThat(verdict.getLong("regenerated")).isEqualTo(18 * 20);
      assertDeclaredDone(gateway, 18);
      assertThat(numbers(gateway.accepted()).keySet())
          .contains("weather-00003", "cold-00001", "vibration-00002", "meter-00003")
          .contains("tracker-00001", "soil-00003");
      Set<String> kinds =
          gateway.accepted().stream()
              .flatMap(batch -> batch.readings().stream())
              .map(reading -> reading.kind())
              .collect(Collectors.toSet());
      assertThat(kinds)
          .containsExactlyInAnyOrder(
              "weather",
              "cold-chain",
              "refrigeration",
              "battery",
              "vibration",
              "power-meter",
              "gnss",
              "soil");
      assertThat(Files.readAllLines(trace)).hasSize(18 * 20);

      Result other = execute(with(flags, "--for=0s", "--rate=6"));
      assertThat(other.code()).isEqualTo(64);
      assertThat(other.err()).contains("made with group.0.rate 10.0, but 6.0 is asked for");
      Result none = execute("run", "--gateway", gateway.url(), "--record=" + record, "--for=0s");
      assertThat(none.code()).isEqualTo(64);
      assertThat(none.err()).contains("made with plan scenario, but weather is asked for");
      Result rest = execute(with(flags, "--for=500ms", "--rate=10"));
      assertThat(rest.code()).isZero();
      assertThat(rest.json().getLong("produced")).isEqualTo(18 * 5);
      assertThat(numbers(gateway.accepted()).get("soil-00001")).contains(20L, 24L);
    }
  }

  @Test
  void scenariosAreListedAndPrinted() throws Exception {
    assertThat(execute("scenarios").out())
        .contains("smoke          a few devices of every class")
        .contains("18 devices, 36 readings a second, for 30s")
        .contains("10,000 devices, 10,000 readings a second, for 5m");
    Result printed = execute("scenarios", "mixed-fleet");
    Path mine = folder.resolve("mine.yaml");
    Files.writeString(mine, printed.out() + "    rate: fast\n");
    Result run = execute("run", mine.toString(), "--gateway", "tcp://127.0.0.1:1");
    assertThat(run.code()).isEqualTo(64);
    assertThat(run.err())
        .contains(
            "mine.yaml:" + Files.readAllLines(mine).size() + ": rate must be readings per second");
  }

  @Test
  void wrongUsageIsSaidWith64() throws Exception {
    assertThat(execute().code()).isEqualTo(64);
    assertThat(execute("run", "--gateway", "mqtts://x").code()).isEqualTo(64);
    assertThat(execute("run", "--gateway", "tcp://gateway_1:1883").err())
        .contains("a host's name has letters, digits, dots and hyphens only")
        .contains("tcp://gateway_1:1883");
    assertThat(execute("run", "--gateway", "tcp://me@x").err()).contains("and nothing else");
    assertThat(execute("run", "--gateway", "tcp://x", "--keep-alive", "1500ms").err())
        .contains("in whole seconds, but is 1500ms");
    assertThat(execute("run", "--gateway", "tcp://x", "--for", "3").err()).contains("500ms, 90s");
    assertThat(execute("run", "--gateway", "tcp://x", "--rate", "0").code()).isEqualTo(64);
    assertThat(execute("run", "--gateway", "tcp://x", "--prefix", "a b").code()).isEqualTo(64);
    assertThat(execute("replay", "--gateway", "tcp://x", "nofile.csv").code()).isEqualTo(64);
    assertThat(execute("replay", "--gateway", "tcp://x", "--speed", "-1", "f").code())
        .isEqualTo(64);
    assertThat(execute("verify", "--record", "x", "--settle", "3").code()).isEqualTo(64);
    assertThat(execute("--help").code()).isZero();
    assertThat(execute("run", "--gateway", "tcp://x", "--connects-per-second", "0").err())
        .contains("--connects-per-second must be 0.01 or more, but is 0.0");
    assertThat(execute("run", "smok", "--gateway", "tcp://x").code()).isEqualTo(64);
    assertThat(execute("run", "smok", "--gateway", "tcp://x").err())
        .contains("did you mean smoke?");
    assertThat(execute("scenarios", "smok").code()).isEqualTo(64);
    for (String command : List.of("run", "scenarios", "replay", "relay", "verify", "clean")) {
      assertThat(execute(command, "--help").out()).contains("Examples:");
      assertThat(execute(command, "--version").out()).startsWith("tidemark-sim");
    }
    assertThat(execute().err()).contains("Commands:").contains("scenarios");
    assertThat(execute("run", "--gateway", "tcp://x", "--drain", "9999999h").err())
        .contains("a duration is at most 8760h, but is 9999999h");
    assertThat(execute("run", "--gateway", "tcp://x", "--start", "2300-01-01T00:00:00Z").err())
        .contains("between the years 1678 and 2261, but is 2300-01-01T00:00:00Z");
  }

  @Test
  void withoutAGatewayThoseOfADemoAreMeant() {
    assertThat(new GatewayOptions().settings(7, 1, 1).gateways())
        .containsExactly(URI.create("tcp://127.0.0.1:1883"), URI.create("coap://127.0.0.1:5683"));
  }

  @Test
  void withoutARecordTheNewestUnnamedOneIsMeant() throws Exception {
    String temporary = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", folder.toString());
    try (FakeApi api = new FakeApi()) {
      Result none = execute("verify", "--api=" + api.url());
      assertThat(none.code()).isEqualTo(64);
      assertThat(none.err()).contains("there is no record of a run without --record");

      Path record = folder.resolve("tidemark-record-1");
      try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
        assertThat(run(gateway, "--devices=1", "--for=1s", "--record=" + record).err())
            .contains("`sim verify --record " + record + "` compares");
      }
      Result newest = execute("verify", "--api=" + api.url(), "--settle=0s");
      assertThat(newest.err()).contains("the newest one, " + record);
      assertThat(newest.out()).contains("UNCLEAN");
    } finally {
      System.setProperty("java.io.tmpdir", temporary);
    }
  }

  @Test
  void cleanRemovesRecordsAndLeavesEverythingElse() throws Exception {
    Path record = folder.resolve("r");
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "dear");
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      run(gateway, "--devices=2", "--for=1s", "--record=" + record);
    }
    Result dry =
        execute("clean", "--record", record.toString(), "--record", other.toString(), "--dry-run");
    assertThat(dry.code()).isEqualTo(2);
    assertThat(dry.out()).contains("would remove " + record, "would remove 1 of 2 records");
    assertThat(dry.err()).contains("left: " + other + " holds letter.txt");
    assertThat(record).exists();

    Result result =
        execute("clean", "--record=" + record, "--record=" + other, "--record=no-such", "--json");
    assertThat(result.code()).isEqualTo(2);
    assertThat(record).doesNotExist();
    assertThat(other.resolve("letter.txt")).exists();
    assertThat(result.json().getBoolean("dryRun")).isFalse();
    assertThat(result.json().getLong("bytes")).isPositive();
    assertThat(result.json().getJsonArray("removed").getJsonObject(0).getString("folder"))
        .isEqualTo(record.toString());
    assertThat(result.json().getJsonArray("left").getJsonObject(1).getString("reason"))
        .isEqualTo("there is no folder no-such");

    assertThat(execute("clean").code()).isEqualTo(64);
    assertThat(execute("clean", "--all", "--record=x").code()).isEqualTo(64);
  }

  @Test
  void runVerifiesAtTheEndWhenToldWhere() throws Exception {
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        FakeApi api = new FakeApi()) {
      AtomicBoolean lose = new AtomicBoolean();
      gateway.script(
          (batch, times) -> {
            if (!(lose.get()
                && batch.header().firstSequence() == 0
                && batch.header().count() > 0)) {
              api.deliver(List.of(batch));
            }
            return new Answer.Accept();
          });
      String[] flags = {
        "--devices=2", "--rate=20", "--for=1s", "--batch-size=5", "--api=" + api.url()
      };
      Result clean = run(gateway, with(flags, "--record=" + folder.resolve("r1")));
      assertThat(clean.code()).isZero();
      assertThat(clean.json().getJsonObject("verify").getString("verdict")).isEqualTo("clean");
      assertThat(clean.json().getJsonObject("verify").getLong("stored")).isEqualTo(40);

      lose.set(true);
      Result lost = run(gateway, with(flags, "--record=" + folder.resolve("r2"), "--drain=5s"));
      assertThat(lost.code()).isEqualTo(1);
      assertThat(lost.json().getJsonObject("verify").getLong("missing")).isEqualTo(10);
    }
  }

  /** Ends a run, as a signal does, once its device has been heard and its agent is so far. */
  private Result runUntil(Callable<Boolean> soFar, ScriptedGateway gateway, String... flags)
      throws Exception {
    Signals signals = new Signals();
    String[] args = arguments(gateway, with(flags, "--batch-size=1", "--for=60s"));
    CompletableFuture<Result> running = CompletableFuture.supplyAsync(() -> execute(signals, args));
    await().atMost(ScriptedGateway.PATIENCE).until(() -> !numbers(gateway.accepted()).isEmpty());
    await()
        .atMost(ScriptedGateway.PATIENCE)
        .during(Duration.ofMillis(500)) // an agent's end is noticed by a thread that waits for it
        .until(soFar);
    signals.stop();
    return running.get(60, TimeUnit.SECONDS);
  }

  private static boolean hasContent(Path file) throws IOException {
    return Files.exists(file) && Files.size(file) > 0;
  }

  private Result run(ScriptedGateway gateway, String... flags) throws Exception {
    return execute(arguments(gateway, flags));
  }

  private String[] arguments(ScriptedGateway gateway, String... flags) throws IOException {
    List<String> args = new ArrayList<>(List.of("run", "--gateway", gateway.url(), "--json"));
    args.addAll(List.of(flags));
    if (args.stream().noneMatch(a -> a.startsWith("--record"))) {
      args.add("--record=" + Files.createTempDirectory(folder, "r"));
    }
    if (args.stream().noneMatch(a -> a.equals("--for=0s"))) {
      args.add("--seed=7");
    }
    return args.toArray(new String[0]);
  }

  /** The last thing each device said is that everything it has produced is acknowledged. */
  private static void assertDeclaredDone(ScriptedGateway gateway, int devices) {
    Map<String, BatchHeader> last = new TreeMap<>();
    gateway.accepted().forEach(batch -> last.put(batch.header().device(), batch.header()));
    assertThat(last).hasSize(devices);
    Map<String, List<Long>> numbers = numbers(gateway.accepted());
    last.forEach(
        (device, header) -> {
          assertThat(header.kind()).isEqualTo(BatchHeader.Kind.STATUS);
          assertThat(header.oldestKept()).isEqualTo(header.nextSequence());
          long count = numbers.get(device).stream().distinct().count();
          assertThat(count).isLessThanOrEqualTo(header.nextSequence());
        });
  }

  private static Set<Long> epochs(List<Batch> batches) {
    return batches.stream().map(b -> b.header().epoch()).collect(Collectors.toSet());
  }

  private static long statuses(ScriptedGateway gateway) {
    return gateway.accepted().stream()
        .filter(b -> b.header().kind() == BatchHeader.Kind.STATUS)
        .count();
  }
}
