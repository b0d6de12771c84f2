package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.relay.ConnectionEnd;
import io.tidemark.sim.relay.Direction;
import io.tidemark.sim.relay.FaultListener;
import io.tidemark.sim.relay.FaultPlan;
import io.tidemark.sim.relay.FaultSyntax;
import io.tidemark.sim.relay.LostBy;
import io.tidemark.sim.relay.ManualClock;
import io.tidemark.sim.relay.Relay;
import io.tidemark.sim.relay.RelayLimits;
import io.tidemark.sim.relay.Route;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command as it is, and a run through a relay. */
@Timeout(120)
@NullUnmarked
class RelayCommandTest {
  private static final Pattern LISTENS = Pattern.compile("relay 127\\.0\\.0\\.1:(\\d+) -> tcp");

  @TempDir Path folder;

  private final PrintStream systemOut = System.out;
  private final PrintStream systemErr = System.err;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void listen() {
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setOut(systemOut);
    System.setErr(systemErr);
  }

  @Test
  void aSignalEndsItAndTheSumsAreTold() throws Exception {
    Signals signals = new Signals();
    try (ServerSocket gateway = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Integer> running =
          CompletableFuture.supplyAsync(
              () ->
                  TidemarkSim.execute(
                      signals,
                      "relay",
                      "--listen=0",
                      "--to=tcp://127.0.0.1:" + gateway.getLocalPort(),
                      "--listen=127.0.0.1:0",
                      "--to=coap://127.0.0.1",
                      "--latency=1ms",
                      "--jitter=1ms",
                      "--fault=cut for 1s at 24h",
                      "--seed=7",
                      "--json"));
      await().atMost(ScriptedGateway.PATIENCE).until(() -> text(err).contains("seed 7"));
      Matcher listens = LISTENS.matcher(text(err));
      assertThat(listens.find()).isTrue();
      try (Socket device =
              new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(listens.group(1)));
          Socket answer = gateway.accept()) {
        device.getOutputStream().write(new byte[5]);
        assertThat(answer.getInputStream().readNBytes(5)).hasSize(5);
        signals.stop();
        assertThat(running.get(60, TimeUnit.SECONDS)).isZero();
      }
    }
    assertThat(text(err))
        .contains("-> coap://127.0.0.1")
        .contains(
            "0.0 s  latency 1ms jitter 1ms begins: everything takes 1ms longer, and up to 1ms more")
        .contains("connections        1 accepted (closed 1)")
        .contains("bytes up           5 received, 5 passed, 0 lost");
    JsonObject json = new JsonObject(text(out));
    assertThat(json.getLong("seed")).isEqualTo(7);
    assertThat(json.getJsonObject("connections").getLong("accepted")).isEqualTo(1);
    assertThat(json.getJsonObject("bytes").getJsonObject("up").getLong("passed")).isEqualTo(5);
    assertThat(json.getJsonArray("faults")).hasSize(1);
    assertThat(json.getJsonArray("faults").getJsonObject(0).getString("name")).isEqualTo("latency");
  }

  @Test
  void itEndsByItselfAfterFor() {
    assertThat(execute("--listen=0", "--to=tcp://127.0.0.1:1", "--profile=mobile", "--for=0s"))
        .isZero();
    assertThat(text(out)).contains("connections        0 accepted").contains("seed");
    assertThat(text(err)).contains("bandwidth 2Mbit begins: each connection has 2Mbit/s");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--listen=1                                   | --to",
        "--to=tcp://h                                 | --listen",
        "--listen=x --to=tcp://h                      | listens on [HOST:]PORT, port 0 to 65535, but not on 'x'",
        "--listen=65536 --to=tcp://h                  | but not on '65536'",
        "--listen=0 --to=http://h                     | passes on to tcp://HOST[:PORT], ssl://HOST[:PORT], coap://HOST[:PORT] or coaps://HOST[:PORT], and nothing else, but not to http://h",
        "--listen=0 --to=tcp://h --jitter=1ms         | --jitter goes with --latency",
        "--listen=0 --to=tcp://h --loss=5             | fault 'loss 5': after 'loss' comes a percentage",
        "--listen=0 --to=tcp://h --fault=storm        | fault 'storm': there is no 'storm'",
        "--listen=0 --to=tcp://h --profile=perfect    | mobile",
        "--listen=0 --to=tcp://h --connections-max=0  | --connections-max must be 1 or more, but is 0",
        "--listen=0 --to=tcp://h --client-idle=0s | --client-idle must be above 0",
        "--listen=0 --to=tcp://me@h | and nothing else, but not to tcp://me@h",
        "--listen=0 --to=tcp://h/path | and nothing else, but not to tcp://h/path",
        "--listen=0 --to=tcp://h_1 | letters, digits, dots and hyphens only, but not that in tcp://h_1",
      })
  void wrongUsageIsSaidWith64(String flags, String message) {
    assertThat(execute(flags.split(" +"))).isEqualTo(64);
    assertThat(text(err)).contains(message);
  }

  @Test
  void whatCannotBeListenedOnIsSaidWith2() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      assertThat(execute("--listen=" + taken.getLocalPort(), "--to=tcp://127.0.0.1")).isEqualTo(2);
    }
    assertThat(text(err)).contains("cannot listen on").contains("in use");
  }

  @Test
  void helpHasExamples() {
    assertThat(execute("--help")).isZero();
    assertThat(text(out)).contains("Examples:").contains("--loss=P% ").doesNotContain("%%");
  }

  @Test
  void aRunThroughACutAndDeadConnectionsEndsWithEverythingAcknowledged() throws Exception {
    ManualClock clock = new ManualClock();
    FaultPlan plan =
        new FaultPlan(
            Stream.of("cut for 10s at 10s", "half-open for 10s at 30s", "silent-cut for 1s at 50s")
                .map(FaultSyntax::parse)
                .toList(),
            7);
    Signals signals = new Signals();
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        Relay relay =
            Relay.start(
                List.of(Route.of("0", URI.create(gateway.url()))),
                plan,
                clock,
                RelayLimits.DEFAULT,
                FaultListener.NONE)) {
      CompletableFuture<Integer> running =
          CompletableFuture.supplyAsync(
              () ->
                  TidemarkSim.execute(
                      signals,
                      "run",
                      "--gateway=tcp://127.0.0.1:" + relay.address().getPort(),
                      "--devices=3",
                      "--rate=20",
                      "--batch-size=1",
                      "--keep-alive=1s",
                      "--record=" + folder.resolve("record")));
      awaitMore(gateway);
      clock.pass(Duration.ofSeconds(10));
      awaitUntil(() -> ended(relay, ConnectionEnd.CUT) == 3);
      awaitUntil(() -> ended(relay, ConnectionEnd.REFUSED) > 0);
      clock.pass(Duration.ofSeconds(10));
      awaitMore(gateway);
      clock.pass(Duration.ofSeconds(10));
      long before = relay.sums().accepted();
      awaitUntil(() -> lost(relay, LostBy.HALF_OPEN) > 0);
      // Devices notice by themselves, and come again; what they then say is swallowed too.
      awaitUntil(() -> relay.sums().accepted() > before);
      clock.pass(Duration.ofSeconds(10));
      awaitUntil(() -> ended(relay, ConnectionEnd.HALF_OPEN) > 0);
      awaitMore(gateway);
      clock.pass(Duration.ofSeconds(10));
      awaitUntil(() -> lost(relay, LostBy.CUT) > 0);
      clock.pass(Duration.ofSeconds(1));
      awaitMore(gateway);
      signals.stop();
      assertThat(running.get(60, TimeUnit.SECONDS)).isZero();
      Map<String, Set<Long>> numbers = numbers(gateway);
      assertThat(numbers).hasSize(3);
      Map<String, BatchHeader> last = new TreeMap<>();
      gateway.accepted().forEach(batch -> last.put(batch.header().device(), batch.header()));
      last.forEach(
          (device, header) -> {
            assertThat(header.oldestKept()).isEqualTo(header.nextSequence());
            assertThat(numbers.get(device)).hasSize((int) header.nextSequence());
          });
    }
  }

  private static int execute(String... flags) {
    return TidemarkSim.execute(
        new Signals(), Stream.concat(Stream.of("relay"), Stream.of(flags)).toArray(String[]::new));
  }

  private static void awaitUntil(java.util.concurrent.Callable<Boolean> so) {
    await().atMost(ScriptedGateway.PATIENCE).until(so);
  }

  /** Each device gets something through that the gateway has not seen yet. */
  private static void awaitMore(ScriptedGateway gateway) {
    Map<String, Set<Long>> before = numbers(gateway);
    awaitUntil(
        () -> {
          Map<String, Set<Long>> now = numbers(gateway);
          return now.size() == 3
              && now.entrySet().stream()
                  .allMatch(
                      one ->
                          one.getValue().size()
                              > before.getOrDefault(one.getKey(), Set.of()).size());
        });
  }

  private static Map<String, Set<Long>> numbers(ScriptedGateway gateway) {
    Map<String, Set<Long>> numbers = new TreeMap<>();
    for (Batch batch : gateway.accepted()) {
      for (int i = 0; i < batch.readings().size(); i++) {
        numbers
            .computeIfAbsent(batch.header().device(), d -> new TreeSet<>())
            .add(batch.header().firstSequence() + i);
      }
    }
    return numbers;
  }

  private static long ended(Relay relay, ConnectionEnd how) {
    return relay.sums().ended().getOrDefault(how, 0L);
  }

  private static long lost(Relay relay, LostBy reason) {
    return relay.sums().bytes().get(Direction.UP).lost().getOrDefault(reason, 0L);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
