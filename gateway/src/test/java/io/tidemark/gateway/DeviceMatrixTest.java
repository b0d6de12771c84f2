package io.tidemark.gateway;

import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.mqtt.MqttMessageType;
import io.tidemark.gateway.DeviceMatrix.Caller;
import io.tidemark.gateway.DeviceMatrix.Row;
import io.tidemark.gateway.coap.DtlsClient;
import io.tidemark.gateway.forward.FakeIngest;
import io.tidemark.gateway.identity.Proof;
import io.tidemark.gateway.mqtt.RawMqtt;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.mqtt.TlsDevice;
import io.tidemark.gateway.replication.Cluster;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.identity.UntrustedException;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.core.ConditionFactory;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.elements.exception.ConnectorException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who may do what at a gateway's ports, and what becomes of who may not: the table {@code
 * device-matrix.txt} says.
 */
@Timeout(120)
final class DeviceMatrixTest {
  /** How HTTP/2 begins (RFC 9113, section 3.4), with empty settings. */
  private static final byte[] HTTP_2 =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder = Path.of("set by JUnit");

  private final DeviceMatrix matrix;
  private final Map<Caller, TlsDevice> tls = new EnumMap<>(Caller.class);
  private final Map<Caller, DtlsClient> dtls = new EnumMap<>(Caller.class);

  /**
   * Who was turned away at the door, by which way: once for each kind of request, as behind the
   * door nobody has heard for what that was.
   */
  private final Map<String, String> turnedAway = new HashMap<>();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Double> refused = new HashMap<>();
  private @Nullable SecureRig running;
  private @Nullable Gateway started;
  private int connections;

  DeviceMatrixTest() throws IOException {
    matrix = new DeviceMatrix();
  }

  @Test
  void everyAddressAndEveryWayToAskHasItsRow() {
    assertThat(matrix.table().keySet()).containsExactlyInAnyOrderElementsOf(matrix.product());
  }

  @Test
  void everyIdentityHasItsColumn() {
    Set<Proof> proofs = EnumSet.noneOf(Proof.class);
    Set<Role> roles = EnumSet.noneOf(Role.class);
    Set<String> reasons = new TreeSet<>();
    for (Caller caller : Caller.values()) {
      if (caller.isLetIn()) {
        proofs.addAll(caller.proofs());
      }
      if (caller.credential != null) {
        roles.add(caller.credential.identity().role());
      }
      reasons.add(caller.reason);
    }
    assertThat(proofs).containsExactly(Proof.values());
    assertThat(roles).containsExactly(Role.values());
    for (UntrustedException.Reason reason : UntrustedException.Reason.values()) {
      if (reason != UntrustedException.Reason.WRONG_HOST) { // which clients find of servers
        assertThat(reasons).contains(reason.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  // ---- and what becomes of each

  @Test
  void everybodyIsAnsweredAsTheTableSays() throws Exception {
    CredentialFolder identity = new CredentialFolder(folder.resolve("identity"));
    identity.store(DeviceMatrix.OURS.credential(new Identity(Role.GATEWAY, "g1"), "127.0.0.1"));
    identity.store(List.of(DeviceMatrix.OURS.root()));
    try (SecureRig rig = new SecureRig(DeviceMatrix.OURS, folder)) {
      running = rig;
      rig.tell(
          DeviceMatrix.list(
              1, DeviceMatrix.SELF, DeviceMatrix.SECOND, DeviceMatrix.FORMER, DeviceMatrix.STOLEN));
      Gateway gateway =
          rig.gateway(
              Map.of(
                  "tidemark.mqtt.password.failures-per-address-max", "100000",
                  "tidemark.mqtt.password.failures-per-device-max", "100000"));
      started = gateway;
      gateway.start();
      try {
        await().until(() -> gateway.logState().canCommit());
        rig.awaitTold(1);
        rig.tell(DeviceMatrix.list(2, DeviceMatrix.SELF, DeviceMatrix.SECOND, DeviceMatrix.STOLEN));
        rig.awaitTold(2);
        askAll();
      } finally {
        for (DtlsClient client : dtls.values()) {
          client.close();
        }
        threads.shutdownNow();
        gateway.stop();
      }
    }
  }

  private void askAll() throws Exception {
    SoftAssertions softly = new SoftAssertions();
    Map<String, Long> kept = new HashMap<>();
    for (Caller caller : Caller.values()) {
      tls.put(caller, new TlsDevice(DeviceMatrix.OURS.trust(), caller.credential));
      for (Map.Entry<Row, Map<Caller, String>> cells : matrix.table().entrySet()) {
        Row row = cells.getKey();
        String answer = ask(caller, row);
        softly
            .assertThat(answer)
            .as(caller.column() + " at " + row)
            .isEqualTo(cells.getValue().get(caller));
        if (caller.isLetIn() && row.isKept() && answer.equals("ok")) {
          kept.merge(caller.letInAs(), 1L, Long::sum);
        }
      }
    }
    softly.assertAll();
    refused.remove("");
    await().untilAsserted(() -> assertThat(counted(refused.keySet())).isEqualTo(refused));
    await().untilAsserted(() -> assertThat(forwarded()).isEqualTo(kept));
  }

  private String ask(Caller caller, Row row) throws Exception {
    String way = caller + " " + row.port() + (row.port().equals("COAP") ? "" : row.request());
    String before = turnedAway.get(way);
    if (before != null) {
      return before;
    }
    String answer =
        switch (row.port()) {
          case "MQTT5", "MQTT3" -> overMqtt(caller, row);
          case "COAP" -> overCoap(caller, row);
          case "PEERS" -> asPeer(caller);
          default -> throw new AssertionError("there is no port " + row);
        };
    if (!caller.isLetIn()) {
      refused.merge(counter(caller, row, answer), 1.0, Double::sum);
      if (answer.equals("tls") || answer.equals("mute") || answer.startsWith("c")) {
        turnedAway.put(way, answer);
      }
    }
    return answer;
  }

  /** Asks more often than otherwise, as there is a lot to ask. */
  private static ConditionFactory soon() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
  }

  private SecureRig rig() {
    return Objects.requireNonNull(running);
  }

  private Gateway gateway() {
    return Objects.requireNonNull(started);
  }

  private double count(String name, String tag, String value) {
    return rig().registry.get("tidemark.gateway." + name).tag(tag, value).functionCounter().count();
  }

  /** Where it is counted that somebody was refused; empty if nowhere by itself. */
  private static String counter(Caller caller, Row row, String answer) {
    return switch (row.port()) {
      case "MQTT5", "MQTT3" -> "mqtt.closed reason " + caller.reason;
      case "COAP" -> answer.equals("mute") ? "" : "coap.handshakes.refused reason " + caller.reason;
      default -> "";
    };
  }

  private Map<String, Double> counted(Set<String> counters) {
    Map<String, Double> counted = new HashMap<>();
    for (String counter : counters) {
      String[] words = counter.split(" ", -1);
      counted.put(counter, count(words[0], words[1], words[2]));
    }
    return counted;
  }

  /** Of whom something has come to ingest, and how much. */
  private Map<String, Long> forwarded() {
    return rig().ingest.seen().stream()
        .map(FakeIngest.Seen::request)
        .map(ForwardRequest::entries)
        .flatMap(List::stream)
        .map(LogEntry::deliveries)
        .flatMap(List::stream)
        .collect(groupingBy(Delivery::device, Collectors.counting()));
  }

  // ---- MQTT

  /** It does not wait until it is let in: nothing of who is not may be taken either. */
  private String overMqtt(Caller caller, Row row) throws Exception {
    TlsDevice device = Objects.requireNonNull(tls.get(caller));
    try (RawMqtt mqtt = new RawMqtt(device.connected(gateway().mqttTlsPort()), row.mqttVersion())) {
      double before = settled(row);
      double lost = count("qos0.messages", "outcome", "lost");
      connect(mqtt, caller, row);
      send(mqtt, row);
      Packet connack = mqtt.read();
      if (connack.type() != CONNACK) {
        return "tls";
      }
      if (connack.at(1) != 0) {
        assertThat(mqtt.read().type()).isEqualTo(CLOSED);
        return "c%x".formatted(connack.at(1));
      }
      return switch (row.request()) {
        case "CONNECT" -> "ok";
        case "WILL" -> {
          mqtt.close();
          soon().until(() -> settled(row) > before);
          yield "ok";
        }
        case "PUBLISH0" -> {
          soon().until(() -> settled(row) > before);
          yield count("qos0.messages", "outcome", "lost") > lost ? "lost" : "ok";
        }
        default -> answer(mqtt.read(), row);
      };
    } catch (SSLException | SocketException e) {
      return "tls";
    }
  }

  /** What has become something of that is not answered. */
  private double settled(Row row) {
    return row.request().equals("WILL")
        ? count("wills", "outcome", "committed")
        : count("qos0.messages", "outcome", "committed")
            + count("qos0.messages", "outcome", "lost");
  }

  private void connect(RawMqtt mqtt, Caller caller, Row row) throws IOException {
    boolean five = row.mqttVersion() == 5;
    boolean will = row.request().equals("WILL");
    int flags = 0x02 | (will ? 0x04 : 0) | (caller.user == null ? 0 : 0xC0);
    mqtt.send(
        0x10,
        "'MQTT' %02x %02x 003c%s 'c%d'%s%s"
            .formatted(
                row.mqttVersion(),
                flags,
                five ? " 00" : "",
                connections++,
                will ? "%s '%s' 'gone'".formatted(five ? " 00" : "", row.address()) : "",
                caller.user == null
                    ? ""
                    : " '%s' '%s'"
                        .formatted(
                            caller.user,
                            DeviceMatrix.password(Objects.requireNonNull(caller.secretOf)))));
  }

  private static void send(RawMqtt mqtt, Row row) throws IOException {
    switch (row.request()) {
      case "CONNECT", "WILL" -> {}
      case "PUBLISH", "PUBLISH0" ->
          mqtt.publish(
              row.request().equals("PUBLISH") ? 0x32 : 0x30,
              1,
              row.address(),
              row.payload(),
              row.mqttVersion() == 5 ? RawMqtt.contentType(row.type().contentType()) : new int[0]);
      case "SUBSCRIBE" -> mqtt.subscribe(1, row.address());
      case "UNSUBSCRIBE" -> mqtt.unsubscribe(1, row.address());
      case "PINGREQ", "DISCONNECT" -> mqtt.send(first(row), "");
      default -> mqtt.send(first(row), "0001");
    }
  }

  private static int first(Row row) {
    MqttMessageType type = MqttMessageType.valueOf(row.request());
    return type.value() << 4 | (type == MqttMessageType.PUBREL ? 2 : 0);
  }

  private static String answer(Packet packet, Row row) {
    boolean five = row.mqttVersion() == 5;
    int last = packet.body().length == 0 ? 0 : packet.at(packet.body().length - 1);
    int code =
        switch (packet.type()) {
          case RawMqtt.PUBACK -> packet.pubackReason();
          case RawMqtt.SUBACK -> last;
          case RawMqtt.UNSUBACK -> five ? last : 0;
          case RawMqtt.PINGRESP -> 0;
          default -> -1;
        };
    if (packet.type() == RawMqtt.DISCONNECT) {
      return "d%x".formatted(packet.at(0));
    }
    if (packet.type() == CLOSED) {
      return "end";
    }
    assertThat(code).as(packet.toString()).isNotNegative();
    return code == 0 ? "ok" : "%x".formatted(code);
  }

  // ---- CoAP

  private String overCoap(Caller caller, Row row) throws Exception {
    DtlsClient client = dtls.get(caller);
    if (client == null) {
      client =
          caller.user == null
              ? new DtlsClient(DeviceMatrix.OURS.root(), caller.credential)
              : new DtlsClient(
                  caller.user, DeviceMatrix.key(Objects.requireNonNull(caller.secretOf)));
      dtls.put(caller, client);
    }
    double before = count("coap.handshakes.refused", "reason", "wrong_key");
    DtlsClient asking = client;
    Future<CoapResponse> response = threads.submit(() -> asking.ask(request(row)));
    if (caller.user != null) {
      soon()
          .alias(caller + " at " + row)
          .until(
              () ->
                  response.isDone()
                      || count("coap.handshakes.refused", "reason", "wrong_key") > before);
      if (!response.isDone()) {
        return "mute";
      }
    }
    try {
      CoapResponse answer = response.get();
      return answer.isSuccess() ? "ok" : answer.getCode().text;
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOfAny(IOException.class, ConnectorException.class);
      return "tls";
    }
  }

  private Request request(Row row) {
    Request request = new Request(Code.valueOf(row.request()));
    request.setURI("coaps://127.0.0.1:" + gateway().coapDtlsPort() + row.address());
    if (!row.form().equals("-")) {
      request.getOptions().setContentFormat(row.type().contentFormat());
      request.setPayload(row.payload());
    }
    return request;
  }

  // ---- other gateways

  private String asPeer(Caller caller) throws Exception {
    Cluster cluster = Objects.requireNonNull(gateway().cluster());
    TlsDevice device = Objects.requireNonNull(tls.get(caller));
    try (SSLSocket socket = device.socket(cluster.port())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.getOutputStream().write(HTTP_2);
      socket.getOutputStream().flush();
      return socket.getInputStream().read() < 0 ? "tls" : "ok";
    } catch (SSLException | SocketException e) {
      return "tls";
    }
  }
}
