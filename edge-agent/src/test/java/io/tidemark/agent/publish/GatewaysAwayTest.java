package io.tidemark.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Gateways that are gone, frozen, or say that they cannot commit: the next one at once, and home
 * again without an interruption. Where no pause is allowed, one would outlast the test.
 */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class GatewaysAwayTest {
  private final FakeGateway home = new FakeGateway();
  private final FakeGateway second = new FakeGateway();
  private final FakeGateway third = new FakeGateway();
  private final FakeGateway stranger = new FakeGateway();
  private final PublishBench bench;

  GatewaysAwayTest(@TempDir Path dir) throws Exception {
    bench = new PublishBench(dir);
    bench.connectTimeout = Duration.ofMinutes(2);
    bench.pausesAreEndless();
  }

  @AfterEach
  void tearDown() throws Exception {
    bench.close();
    for (FakeGateway gateway : List.of(home, second, third, stranger)) {
      gateway.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"USE_ANOTHER_SERVER, third", "SERVER_MOVED, stranger", "SERVER_SHUTTING_DOWN, ''"})
  void whoIsSentAwayGoesWhereItIsToldIfItKnowsTheWay(MqttDisconnectReasonCode code, String named)
      throws Exception {
    second.start();
    third.start();
    stranger.start();
    String reference =
        named.equals("third")
            ? third.uri().getAuthority()
            : named.equals("stranger") ? stranger.uri().getAuthority() : "";
    home.answers(batch -> new FakeGateway.Disconnect(code, reference)).start();
    bench.publishTo(home.uri(), second.uri(), third.uri());
    FakeGateway taker = named.equals("third") ? third : second;
    await().until(() -> bench.gateway().equals(taker.uri().toString())); // over a status
    bench.batches(3, 1);
    bench.awaitDelivered();
    bench.assertNumbersStored(3, taker);
    assertThat(connections(home, second, third, stranger))
        .containsExactly(1, taker == second ? 1 : 0, taker == third ? 1 : 0, 0);
  }

  @Test
  void aRefusedConnectionLeadsToTheNext() throws Exception {
    home.refusesConnections(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5).start();
    bench.publishTo(home.uri(), second.start().uri());
    bench.batches(2, 1);
    bench.awaitDelivered();
    assertThat(connections(home, second)).containsExactly(1, 1);
  }

  @Test
  void overCoapServiceUnavailableLeadsToTheNext() throws Exception {
    try (FakeCoapGateway full = new FakeCoapGateway()) {
      full.answers(batch -> new FakeCoapGateway.Respond(ResponseCode.SERVICE_UNAVAILABLE, 3_600));
      bench.publishTo(full.start().uri(), second.start().uri());
      bench.batches(2, 1);
      bench.awaitDelivered();
      assertThat(full.arrivals()).hasSize(1);
      assertThat(bench.publisher().counts().retried()).containsOnlyKeys("5.03");
    }
  }

  @Test
  void whenAllAreFullEachIsAskedOnceBeforeThePause() throws Exception {
    try (FakeCoapGateway first = new FakeCoapGateway();
        FakeCoapGateway last = new FakeCoapGateway()) {
      for (FakeCoapGateway full : List.of(first, last)) {
        full.answers(batch -> new FakeCoapGateway.Respond(ResponseCode.SERVICE_UNAVAILABLE, 1));
      }
      home.refusesConnections(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5);
      bench.publishTo(first.start().uri(), home.start().uri(), last.start().uri());
      bench.batches(2, 1);
      await().until(() -> !last.arrivals().isEmpty());
      await()
          .during(Duration.ofMillis(300))
          .until(() -> last.arrivals().size() == 1 && first.arrivals().size() == 1);
      assertThat(connections(home)).containsExactly(1);
      assertThat(bench.journal.counts().waiting()).isEqualTo(2);
    }
  }

  @Test
  void whenAllAreDownThereIsAPauseAfterEveryRound() throws Exception {
    AtomicInteger pauses = new AtomicInteger();
    bench.random =
        new Random(3) {
          private static final long serialVersionUID = 1L;

          @Override
          public double nextDouble() {
            pauses.incrementAndGet();
            return super.nextDouble();
          }
        };
    bench.backoffFirst = Duration.ofMillis(1);
    bench.backoffMax = Duration.ofMillis(4);
    try (RawGateway a = down();
        RawGateway b = down();
        RawGateway c = down()) {
      bench.publishTo(a.uri(), b.uri(), c.uri());
      List<RawGateway> all = List.of(a, b, c);
      await().until(() -> all.stream().allMatch(gateway -> gateway.connections.get() >= 3));
      bench.publisher().close();
      for (RawGateway gateway : all) {
        assertThat(gateway.connections.get())
            .isBetween(pauses.get() - 1, pauses.get() + 1); // one a round
      }
    }
  }

  @Test
  void aFrozenGatewayIsGivenUpAndAFrozenHomeInterruptsNothing() throws Exception {
    bench.connectTimeout = Duration.ofSeconds(4); // the second has to answer within it
    try (ServerSocket frozen = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      bench.publishTo(uri(frozen), second.start().uri()); // the system connects, and that is all
      bench.batches(2, 1);
      bench.awaitDelivered();
      bench.assertNumbersStored(2, second);
    }
    bench.publisher().close();

    bench.connectTimeout = Duration.ofMinutes(2); // and none of it may be spent waiting
    bench.homeAfter = Duration.ofMillis(50);
    home.start();
    home.stop();
    bench.publishTo(home.uri(), second.uri());
    await().until(() -> bench.gateway().equals(second.uri().toString()));
    try (ServerSocket frozen =
        new ServerSocket(home.uri().getPort(), 50, InetAddress.getLoopbackAddress())) {
      awaitConnection(frozen); // it tries to go home
      bench.batches(2, 1);
      bench.awaitDelivered();
      bench.assertNumbersStored(4, second);
      assertThat(bench.publisher().counts().connections()).isEqualTo(1);
    }
  }

  @Test
  void whoIsRefusedAtHomeStaysAndAsksAgain() throws Exception {
    bench.homeAfter = Duration.ofMillis(50);
    home.refusesConnections(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5).start();
    bench.publishTo(home.uri(), second.start().uri());
    await().until(() -> home.connections.get() >= 3);
    bench.batches(2, 1);
    bench.awaitDelivered();
    bench.assertNumbersStored(2, second);
    assertThat(second.connections).hasValue(1);

    home.refusesConnections(null);
    await().until(() -> bench.gateway().equals(home.uri().toString()));
    bench.batches(2, 1);
    bench.awaitDelivered();
    bench.assertNumbersStored(4, second, home);
    assertThat(home.accepted()).anyMatch(batch -> PublishBench.carries(batch, 3));
  }

  @Test
  void anAttemptToGoHomeIsGivenUpWithTheConnection() throws Exception {
    bench.homeAfter = Duration.ofMillis(50);
    home.start();
    home.stop();
    bench.publishTo(home.uri(), second.start().uri(), third.start().uri());
    await().until(() -> bench.gateway().equals(second.uri().toString()));
    try (ServerSocket frozen =
        new ServerSocket(home.uri().getPort(), 50, InetAddress.getLoopbackAddress())) {
      awaitConnection(frozen);
      second.stop();
      bench.batches(2, 1);
      bench.awaitDelivered();
      bench.assertNumbersStored(2, third);
      bench.publisher().close();
      await()
          .until(
              () ->
                  Thread.getAllStackTraces().keySet().stream()
                      .noneMatch(thread -> thread.getName().equals("publisher-home")));
    }
  }

  private static void awaitConnection(ServerSocket socket) throws IOException {
    socket.setSoTimeout(60_000);
    socket.accept();
  }

  private static RawGateway down() throws IOException {
    return new RawGateway(new byte[0], id -> new byte[0]);
  }

  private static URI uri(ServerSocket socket) {
    return URI.create("tcp://127.0.0.1:" + socket.getLocalPort());
  }

  private static List<Integer> connections(FakeGateway... gateways) {
    return Stream.of(gateways).map(gateway -> gateway.connections.get()).toList();
  }
}
