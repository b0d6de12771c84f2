package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.tidemark.sim.fleet.Fleet;
import io.tidemark.sim.fleet.FleetSettings;
import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.link.Connector;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.wire.Batch;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A device whose gateways are gone, frozen, or say that they cannot commit: the next one at once,
 * and home again without an interruption. Where no pause is allowed, one would outlast the test.
 */
@Timeout(120)
@NullUnmarked
class GatewaysAwayTest {
  private static final Duration ENDLESS = Duration.ofDays(365);

  /** How the device speaks. */
  private enum Protocol {
    MQTT5(MqttChoice.V5),
    MQTT311(MqttChoice.V3_1_1),
    COAP(MqttChoice.V5);

    private final MqttChoice mqtt;

    Protocol(MqttChoice mqtt) {
      this.mqtt = mqtt;
    }
  }

  /** A gateway of either kind. */
  private record Gateway(String url, Supplier<List<Batch>> accepted, AutoCloseable server) {
    long readings() {
      return accepted.get().stream().mapToLong(batch -> batch.readings().size()).sum();
    }
  }

  @TempDir Path folder;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private Duration backoff = ENDLESS;
  private Duration ackTimeout = Duration.ofSeconds(30);
  private Duration homeAfter = ENDLESS;
  private Fleet fleet;
  private long produced;

  @BeforeEach
  void wait60s() {
    org.awaitility.Awaitility.setDefaultTimeout(Duration.ofSeconds(60)); // the machine is shared
  }

  @AfterEach
  void closeAll() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenAGatewayIsGoneTheNextOneIsTriedWithoutAPause(Protocol protocol) throws Exception {
    Gateway first = accepting(protocol);
    Gateway second = accepting(protocol);
    second.server().close();
    Gateway third = accepting(protocol);
    start(protocol, first.url(), second.url(), third.url());
    produce(3);
    assertThat(first.readings()).isEqualTo(3);
    first.server().close();
    produce(3);
    assertThat(third.readings()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"USE_ANOTHER_SERVER, third", "SERVER_MOVED, stranger", "SERVER_SHUTTING_DOWN, ''"})
  void whoIsSentAwayGoesWhereItIsToldIfItKnowsTheWay(MqttDisconnectReasonCode code, String named)
      throws Exception {
    ScriptedGateway second = mqtt();
    ScriptedGateway third = mqtt();
    ScriptedGateway stranger = mqtt();
    String reference =
        named.equals("third") ? address(third) : named.isEmpty() ? "" : address(stranger);
    ScriptedGateway home = mqtt();
    home.script((batch, times) -> new ScriptedGateway.Answer.Disconnect(code, reference));
    start(Protocol.MQTT5, home.url(), second.url(), third.url());
    produce(2);
    boolean toThird = named.equals("third");
    assertThat(Stream.of(home, second, third, stranger).map(ScriptedGateway::connections))
        .containsExactly(1, toThird ? 0 : 1, toThird ? 1 : 0, 0);
  }

  @ParameterizedTest
  @CsvSource({"MQTT5, third", "MQTT5, ''", "MQTT311, ''"})
  void aRefusedConnectionLeadsToAnother(Protocol protocol, String named) throws Exception {
    ScriptedGateway home = mqtt();
    ScriptedGateway second = mqtt();
    ScriptedGateway third = mqtt();
    home.refuseConnections(
        MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5,
        named.isEmpty() ? "" : address(third));
    start(protocol, home.url(), second.url(), third.url());
    produce(2);
    assertThat(Stream.of(home, second, third).map(ScriptedGateway::connections))
        .containsExactly(1, named.isEmpty() ? 1 : 0, named.isEmpty() ? 0 : 1);
  }

  @Test
  void whenAllAreFullEachIsAskedOnceBeforeThePause() throws Exception {
    ScriptedCoapGateway first = full();
    ScriptedGateway second = mqtt();
    second.refuseConnections(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5, "");
    ScriptedCoapGateway third = full();
    start(Protocol.COAP, first.url(), second.url(), third.url());
    fleet.produce(0, List.of(reading()), Fleet.NOT_PLANNED);
    await().until(() -> !third.received().isEmpty());
    await()
        .during(Duration.ofMillis(300))
        .until(() -> first.received().size() + second.connections() + third.received().size() == 3);
    assertThat(stats().waiting()).isEqualTo(1);
  }

  @Test
  void whenAllAreDownThereIsAPauseAfterEveryRound() throws Exception {
    String[] urls = new String[3];
    for (int i = 0; i < urls.length; i++) {
      Gateway gone = accepting(Protocol.values()[i]);
      gone.server().close();
      urls[i] = gone.url();
    }
    start(Protocol.MQTT311, urls);
    await().until(() -> stats().connectionsFailed() == 3);
    await().during(Duration.ofMillis(300)).until(() -> stats().connectionsFailed() == 3);
  }

  @Test
  void afterThePauseAllAreTriedAgain() throws Exception {
    backoff = Duration.ofMillis(20);
    Gateway home = accepting(Protocol.MQTT5);
    Gateway second = accepting(Protocol.COAP);
    home.server().close();
    second.server().close();
    start(Protocol.MQTT5, home.url(), second.url());
    await().until(() -> stats().connectionsFailed() >= 4);
    open.push(
        new ScriptedGateway((batch, times) -> new ScriptedGateway.Answer.Accept(), port(home)));
    produce(1);
  }

  @ParameterizedTest
  @EnumSource
  void aFrozenGatewayIsGivenUp(Protocol protocol) throws Exception {
    ackTimeout = Duration.ofSeconds(2);
    ServerSocket tcp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.push(tcp);
    DatagramSocket udp = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    open.push(udp);
    String frozen =
        protocol == Protocol.COAP
            ? "coap://127.0.0.1:" + udp.getLocalPort()
            : "tcp://127.0.0.1:" + tcp.getLocalPort(); // the system connects, and that is all
    Gateway good = accepting(protocol);
    start(protocol, frozen, good.url());
    produce(2);
    assertThat(good.readings()).isEqualTo(2);
  }

  @Test
  void aGatewayThatOnlyRefusesForNowIsLeftAfterAWhile() throws Exception {
    backoff = Duration.ofMillis(20);
    ackTimeout = Duration.ofSeconds(2);
    ScriptedGateway home = mqtt();
    home.script(
        (batch, times) -> new ScriptedGateway.Answer.Refuse(MqttPubAckReasonCode.QUOTA_EXCEEDED));
    ScriptedGateway second = mqtt();
    start(Protocol.MQTT5, home.url(), second.url());
    produce(2);
    assertThat(home.received().size()).isGreaterThan(1); // it was given time
    assertThat(second.accepted()).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aFrozenHomeInterruptsNothingAndOneThatIsBackIsGoneTo(Protocol protocol) throws Exception {
    homeAfter = Duration.ofMillis(50);
    Gateway home = accepting(protocol);
    home.server().close();
    Gateway second = accepting(protocol);
    start(protocol, home.url(), second.url());
    produce(1);
    try (AutoCloseable frozen = frozen(protocol, port(home))) {
      produce(3);
      assertThat(second.readings()).isEqualTo(4);
      assertThat(stats().connections()).isEqualTo(1);
    }
    if (protocol == Protocol.COAP) {
      return; // the fake takes a port of its own
    }
    ScriptedGateway back =
        new ScriptedGateway((batch, times) -> new ScriptedGateway.Answer.Accept(), port(home));
    open.push(back);
    await().until(() -> !back.accepted().isEmpty()); // a status
    produce(3);
    assertThat(numbers(back.accepted())).isEqualTo(3);
    assertThat(stats().resentBatches()).isZero();
    assertThat(stats().connectionsLost()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"MQTT5", "MQTT311"})
  void whoIsRefusedAtHomeStaysAndAsksAgain(Protocol protocol) throws Exception {
    homeAfter = Duration.ofMillis(50);
    ScriptedGateway home = mqtt();
    home.refuseConnections(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5, "");
    ScriptedGateway second = mqtt();
    start(protocol, home.url(), second.url());
    await().until(() -> home.connections() >= 3);
    produce(2);
    assertThat(second.connections()).isEqualTo(1);
    home.refuseConnections(null, "");
    await().until(() -> !home.accepted().isEmpty());
    produce(2);
    assertThat(numbers(home.accepted())).isEqualTo(2);
  }

  @Test
  void whatIsNotAnsweredElsewhereIsSentAgainAtHome() throws Exception {
    homeAfter = Duration.ofMillis(300);
    Gateway home = accepting(Protocol.MQTT5);
    home.server().close();
    ScriptedGateway second = mqtt();
    start(Protocol.MQTT5, home.url(), second.url());
    await().until(() -> !second.accepted().isEmpty());
    second.script((batch, times) -> new ScriptedGateway.Answer.Withhold());
    fleet.produce(0, List.of(reading()), Fleet.NOT_PLANNED);
    ScriptedGateway back =
        new ScriptedGateway((batch, times) -> new ScriptedGateway.Answer.Accept(), port(home));
    open.push(back);
    produce(1);
    assertThat(numbers(back.accepted())).isEqualTo(2);
    assertThat(stats().resentBatches()).isBetween(1L, 2L);
    assertThat(stats().connectionsLost()).isZero();
  }

  /** Something at this port that answers nothing; returns once the device has tried it. */
  private static AutoCloseable frozen(Protocol protocol, int port) throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    if (protocol == Protocol.COAP) {
      DatagramSocket socket = new DatagramSocket(port, here);
      socket.setSoTimeout(60_000);
      socket.receive(new DatagramPacket(new byte[16], 16));
      return socket;
    }
    ServerSocket socket = new ServerSocket(port, 50, here);
    socket.setSoTimeout(60_000);
    Socket connection = socket.accept();
    return () -> {
      socket.close();
      connection.close();
    };
  }

  private void start(Protocol protocol, String... urls) throws Exception {
    List<URI> gateways = Stream.of(urls).map(URI::create).toList();
    RecordFolder record =
        RecordFolder.open(
            folder.resolve("record"), Map.of(), List.of("dev-1"), () -> 5L, failure -> {});
    open.push(record);
    Connector connector =
        new GatewayConnector(1, protocol.mqtt, gateways.size(), Duration.ofSeconds(30), 7, null);
    open.push(connector);
    FleetSettings settings =
        new FleetSettings(
            gateways,
            16,
            1_000,
            Double.POSITIVE_INFINITY,
            backoff,
            backoff,
            ackTimeout,
            homeAfter,
            Duration.ofHours(1),
            7);
    fleet =
        new Fleet(
            settings,
            record.streams(),
            device -> Payloads.BATCH,
            record.writer(),
            connector,
            () -> 6L);
    open.push(fleet::close);
    fleet.start();
  }

  /** Produces so many batches of one reading, and waits until they are acknowledged. */
  private void produce(int batches) throws Exception {
    for (int i = 0; i < batches; i++) {
      fleet.produce(0, List.of(reading()), Fleet.NOT_PLANNED);
    }
    await().until(() -> stats().acknowledged() == produced);
  }

  private Reading reading() {
    produced++;
    return new Reading("main", "probe", 1_000 + produced, Map.of("x", Value.of(produced)));
  }

  private FleetStats.Snapshot stats() {
    return fleet.stats().total();
  }

  private Gateway accepting(Protocol protocol) throws Exception {
    if (protocol == Protocol.COAP) {
      ScriptedCoapGateway gateway = ScriptedCoapGateway.accepting();
      open.push(gateway);
      return new Gateway(gateway.url(), gateway::accepted, gateway);
    }
    ScriptedGateway gateway = mqtt();
    return new Gateway(gateway.url(), gateway::accepted, gateway);
  }

  private ScriptedGateway mqtt() throws Exception {
    ScriptedGateway gateway = ScriptedGateway.accepting();
    open.push(gateway);
    return gateway;
  }

  private ScriptedCoapGateway full() {
    ScriptedCoapGateway gateway =
        new ScriptedCoapGateway(
            (batch, times) ->
                new ScriptedCoapGateway.Answer.Respond(ResponseCode.SERVICE_UNAVAILABLE, 1));
    open.push(gateway);
    return gateway;
  }

  private static long numbers(List<Batch> batches) {
    return batches.stream().mapToLong(batch -> batch.readings().size()).sum();
  }

  private static int port(Gateway gateway) {
    return URI.create(gateway.url()).getPort();
  }

  private static String address(ScriptedGateway gateway) {
    return URI.create(gateway.url()).getAuthority();
  }
}
