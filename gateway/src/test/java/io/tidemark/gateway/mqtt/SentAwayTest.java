package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLEAN;
import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static io.tidemark.gateway.mqtt.RawMqtt.DISCONNECT;
import static io.tidemark.gateway.mqtt.RawMqtt.PINGRESP;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.mqtt.RawMqtt.Will;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.State;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway that cannot commit, or that stops, says so, and who can (MQTT 5, section 4.11). */
@Timeout(60)
final class SentAwayTest {
  private static final String TOPIC = "devices/d1/telemetry";
  private static final String OTHER = "gateway2:1883";

  /** The property as it stands in a packet: its identifier, two bytes of length, the text. */
  private static final String REFERENCE = "\u001c\0\r" + OTHER;

  private static final int DUP = 0x08;
  private static final int QOS_1 = 0x32;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final MqttRig rig = new MqttRig();
  private final FakeLog log = rig.log;
  private final MqttRig.Settings settings = new MqttRig.Settings();
  private MqttListener listener;

  @AfterEach
  void stop() throws Exception {
    rig.closeRaws();
    listener.close();
    rig.close();
  }

  private void start() throws Exception {
    start(System::nanoTime);
  }

  private void start(LongSupplier clock) throws Exception {
    listener = rig.listener(settings, clock);
    listener.start();
  }

  private void startWithoutGrace() throws Exception {
    settings.unreadyGrace = Duration.ZERO;
    start();
  }

  private RawMqtt raw(int version) throws IOException {
    return rig.raw(listener, version);
  }

  private RawMqtt connected(int version) throws IOException {
    return rig.connected(listener, version, "d" + version);
  }

  /** A maximum packet size, as properties. */
  private static int[] takesAtMost(int bytes) {
    return new int[] {0x27, 0, 0, bytes >> 8, bytes & 0xFF};
  }

  private static void assertServed(RawMqtt mqtt) throws IOException {
    mqtt.ping();
    assertThat(mqtt.read().type()).isEqualTo(PINGRESP);
  }

  /** Of MQTT 5. Returns the text of it. */
  private static String assertDisconnected(RawMqtt mqtt, int code) throws IOException {
    Packet packet = mqtt.read();
    assertThat(packet.type()).as("%s", packet).isEqualTo(DISCONNECT);
    assertThat(packet.at(0)).as("%s", packet).isEqualTo(code);
    assertThat(mqtt.read().type()).as("nothing follows").isEqualTo(CLOSED);
    return packet.text();
  }

  private void assertClosedFor(CloseReason reason, int times) {
    assertThat(listener.closedFor(reason)).as("%s", reason).isEqualTo(times);
  }

  private void awaitGone() {
    await().until(() -> listener.connections() == 0);
  }

  /** The listener has looked what the log is doing since this began. */
  private void awaitLooks() {
    long before = log.asked();
    await().until(() -> log.asked() >= before + 3);
  }

  @ParameterizedTest
  @CsvSource({"ELECTING, NOT_READY, cannot commit", "FULL, FULL, log is full"})
  void whoComesIsToldToGoElsewhere(State.Role role, CloseReason reason, String text)
      throws Exception {
    start();
    log.role(role);
    Packet alone = raw(5).connect("d1");
    assertThat(alone.at(1)).isEqualTo(0x88);
    assertThat(alone.text()).contains(text, "try another, or later").doesNotContain(OTHER);
    rig.elsewhere = OTHER;
    Packet named = raw(5).connect("d1");
    assertThat(named.type()).isEqualTo(CONNACK);
    assertThat(named.at(0)).isZero();
    assertThat(named.at(1)).isEqualTo(0x9C);
    assertThat(named.text()).contains(text, REFERENCE);
    assertThat(raw(4).connect("d1").at(1)).isEqualTo(3);
    assertClosedFor(reason, 3);
    assertThat(listener.connections()).isZero();
  }

  @Test
  void aReferenceIsOnlySentToWhoTakesIt() throws Exception {
    startWithoutGrace();
    int[] little = takesAtMost(100);
    rig.elsewhere = "a-name-of-a-gateway-longer-than-the-device-takes".repeat(2) + ":1883";
    RawMqtt mqtt = raw(5);
    assertThat(mqtt.connect("d1", little).at(1)).isZero();
    log.role(State.Role.ELECTING);
    assertThat(assertDisconnected(mqtt, 0x89)).hasSize(2);
    assertThat(raw(5).connect("d1", little).body()).containsExactly(0, 0x88, 0);
    rig.elsewhere = OTHER;
    Packet named = raw(5).connect("d1", little);
    assertThat(named.at(1)).isEqualTo(0x9C);
    assertThat(named.text()).as("and no reason").endsWith("\u0010" + REFERENCE);
  }

  @Test
  void whoIsRefusedForAReasonOfItsOwnIsSentNowhere() throws Exception {
    settings.connectionsMax = 1;
    start();
    rig.elsewhere = OTHER;
    connected(5);
    assertThat(raw(5).connect("x").at(1)).isEqualTo(0x89);
    assertThat(raw(5).connect("x", 0x15, 0, 1, 'x').at(1)).isEqualTo(0x8C);
  }

  @Test
  void devicesStayForTheGraceAndGoThen() throws Exception {
    settings.unreadyGrace = Duration.ofSeconds(7);
    AtomicLong now = new AtomicLong();
    start(now::get);
    rig.elsewhere = OTHER;
    RawMqtt five = connected(5);
    RawMqtt four = connected(4);
    log.role(State.Role.ELECTING);
    awaitLooks();
    now.set(TimeUnit.SECONDS.toNanos(7) - 1);
    awaitLooks();
    assertServed(five);
    assertServed(four);
    now.incrementAndGet();
    assertThat(assertDisconnected(five, 0x9C)).contains(REFERENCE, "cannot commit now");
    assertThat(four.read().type()).isEqualTo(CLOSED);
    awaitGone();
    assertClosedFor(CloseReason.NOT_READY, 2);
  }

  @Test
  void anElectionThatIsSoonOverDrivesNobodyAway() throws Exception {
    settings.unreadyGrace = Duration.ofSeconds(7);
    AtomicLong now = new AtomicLong();
    start(now::get);
    RawMqtt mqtt = connected(5);
    log.role(State.Role.ELECTING);
    awaitLooks();
    now.addAndGet(TimeUnit.SECONDS.toNanos(6));
    awaitLooks();
    log.role(State.Role.LEADING);
    awaitLooks();
    log.role(State.Role.ELECTING);
    now.addAndGet(TimeUnit.SECONDS.toNanos(6));
    awaitLooks();
    assertServed(mqtt);
    assertClosedFor(CloseReason.NOT_READY, 0);
  }

  @Test
  void withoutAnotherItSaysThatItIsBusy() throws Exception {
    startWithoutGrace();
    RawMqtt five = connected(5);
    log.role(State.Role.FAILED);
    assertThat(assertDisconnected(five, 0x89)).contains("here later").doesNotContain(OTHER);
  }

  @Test
  void aFullLogDrivesNobodyAway() throws Exception {
    startWithoutGrace();
    rig.elsewhere = OTHER;
    RawMqtt five = connected(5);
    RawMqtt four = connected(4);
    log.role(State.Role.FULL);
    awaitLooks();
    assertServed(five);
    assertServed(four);
    five.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    assertThat(five.read().pubackReason()).isEqualTo(0x97);
    log.role(State.Role.LEADING);
    for (RawMqtt mqtt : new RawMqtt[] {five, four}) {
      mqtt.publish(2, TOPIC, Batches.readings("d1", 0, 1));
      assertThat(mqtt.read().type()).isEqualTo(PUBACK);
    }
  }

  @Test
  void whatHasNoAnswerIsSentAgain() throws Exception {
    startWithoutGrace();
    rig.elsewhere = OTHER;
    RawMqtt mqtt = raw(5);
    assertThat(mqtt.connect(0, "d1", RawMqtt.sessionExpiry(60)).at(1)).isZero();
    log.withhold(true);
    byte[] batch = Batches.readings("d1", 0, 1);
    mqtt.publish(7, TOPIC, batch);
    await().until(() -> log.withheld() == 1);
    log.role(State.Role.ELECTING);
    assertDisconnected(mqtt, 0x9C);
    awaitGone();
    assertThat(listener.sessionsParked()).isEqualTo(1);
    log.role(State.Role.LEADING);
    log.withhold(false);
    log.commitWithheld();
    RawMqtt back = raw(5);
    assertThat(back.connect(0, "d1", RawMqtt.sessionExpiry(60)).at(0)).as("session").isEqualTo(1);
    back.publish(QOS_1 | DUP, 7, TOPIC, batch);
    assertThat(back.read().packetId()).isEqualTo(7);
    assertThat(rig.deliveries()).hasSize(1);
    assertThat(listener.recognized()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aWillIsNotSaidForWhoIsSentAway(int version) throws Exception {
    startWithoutGrace();
    rig.elsewhere = OTHER;
    RawMqtt mqtt = raw(version);
    assertThat(mqtt.connect(CLEAN, "d1", Will.of("devices/d1/status", "gone")).at(1)).isZero();
    log.role(State.Role.ELECTING);
    while (mqtt.read().type() != CLOSED) {
      assertThat(version).isEqualTo(5);
    }
    awaitGone();
    for (WillOutcome outcome : WillOutcome.values()) {
      assertThat(listener.wills(outcome)).as("%s", outcome).isZero();
    }
  }

  @Test
  void whoIsLetInAtTheVeryMomentGoesToo() throws Exception {
    startWithoutGrace();
    log.whenAsked(() -> log.role(State.Role.ELECTING));
    RawMqtt mqtt = raw(5);
    Packet first = mqtt.connect("d1");
    if (first.at(1) == 0) {
      assertDisconnected(mqtt, 0x89);
    } else {
      assertThat(first.at(1)).as("a look had the moment").isEqualTo(0x88);
    }
    awaitGone();
  }

  @Test
  void whoDoesNotReadIsClosedAllTheSameAndCountedOnce() throws Exception {
    settings.writeTimeout = Duration.ofSeconds(6); // longer than its keep alive is waited for
    settings.perSecondMax = 1_000_000;
    settings.perSecondPerAddressMax = 10_000_000;
    startWithoutGrace();
    RawMqtt mqtt = new RawMqtt(listener.port(), 5, 4_096);
    rig.closeLater(mqtt);
    mqtt.keepAlive(3);
    mqtt.connect("slow");
    // Many at a time: what is not read piles up the more slowly, the smaller its pieces are.
    byte[] subscribes = HexFormat.of().parseHex("820700010000012301".repeat(100));
    AtomicLong sent = new AtomicLong();
    Thread sending =
        new Thread(
            () -> {
              try {
                while (true) {
                  mqtt.raw(subscribes);
                  sent.incrementAndGet();
                }
              } catch (IOException e) {
                assertThat(e).as("hung up").isNotNull();
              }
            });
    sending.start();
    await().atMost(Duration.ofSeconds(30)).until(() -> sent.get() > 100 && isStuck(sent));
    log.role(State.Role.ELECTING);
    await().atMost(Duration.ofSeconds(30)).until(() -> listener.connections() == 0);
    sending.join(20_000);
    assertClosedFor(CloseReason.NOT_READY, 1);
    assertClosedFor(CloseReason.UNREAD, 0);
    assertClosedFor(CloseReason.KEEP_ALIVE, 0);
  }

  private boolean isStuck(AtomicLong sent) {
    long before = sent.get();
    awaitLooks();
    return sent.get() == before;
  }

  @Test
  void aRealClientIsToldWhereToGo() throws Exception {
    startWithoutGrace();
    rig.elsewhere = OTHER;
    CompletableFuture<MqttDisconnectResponse> told = new CompletableFuture<>();
    MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + listener.port(), "d1", new MemoryPersistence());
    try (AutoCloseable closing = client::close) {
      client.setCallback(new Leaving(told));
      client.connect();
      log.role(State.Role.ELECTING);
      MqttDisconnectResponse response = told.get(20, TimeUnit.SECONDS);
      assertThat(response.getReturnCode()).isEqualTo(0x9C);
      assertThat(response.getServerReference()).isEqualTo(OTHER);
      assertThat(response.getReasonString()).contains("cannot commit now");
    }
  }

  private record Leaving(CompletableFuture<MqttDisconnectResponse> told) implements MqttCallback {
    @Override
    public void disconnected(MqttDisconnectResponse response) {
      told.complete(response);
    }

    @Override
    public void mqttErrorOccurred(MqttException problem) {}

    @Override
    public void messageArrived(String topic, MqttMessage message) {}

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String uri) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}
  }

  @Test
  void aGatewayThatStopsNamesAnother() throws Exception {
    start();
    rig.elsewhere = OTHER;
    RawMqtt five = connected(5);
    RawMqtt four = connected(4);
    listener.drain(LONG);
    assertThat(assertDisconnected(five, 0x9C)).contains(REFERENCE, "is stopping");
    assertThat(four.read().type()).isEqualTo(CLOSED);
    assertClosedFor(CloseReason.STOPPING, 2);
    Packet late = raw(5).connect("late");
    assertThat(late.at(1)).isEqualTo(0x9C);
    assertThat(late.text()).contains(REFERENCE, "is stopping");
    rig.elsewhere = null;
    assertThat(raw(5).connect("late").at(1)).isEqualTo(0x88);
    assertClosedFor(CloseReason.STOPPING, 4);
  }

  @Test
  void whatIsNotAnsweredInTimeIsToldAllTheSame() throws Exception {
    start();
    rig.elsewhere = OTHER;
    RawMqtt five = connected(5);
    log.withhold(true);
    five.publish(1, TOPIC, Batches.readings("d1", 0, 1));
    await().until(() -> log.withheld() == 1);
    listener.drain(Duration.ofMillis(50));
    assertDisconnected(five, 0x9C);
    assertClosedFor(CloseReason.STOPPING, 1);
  }

  @Test
  void whoIsLetInWhileTheGatewayStopsGoesToo() throws Exception {
    start();
    Thread stopping = new Thread(this::drain);
    log.whenAsked(
        () -> {
          stopping.start();
          await().until(() -> stopping.getState() == Thread.State.TERMINATED);
        });
    RawMqtt mqtt = connected(5);
    assertDisconnected(mqtt, 0x8B);
  }

  private void drain() {
    try {
      listener.drain(LONG);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
