package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLEAN;
import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.mqtt.RawMqtt.Will;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.State;
import io.tidemark.wire.Delivery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A will is said once, when and only when MQTT says so (5: sections 3.1.2.5, 3.1.3.2, 3.1.4). */
@Timeout(60)
final class MqttWillTest {
  private static final int WITH_WILL = 0x04;
  private static final int[] MINUTE = RawMqtt.sessionExpiry(60);
  private static final int[] SECOND = RawMqtt.sessionExpiry(1);

  private final MqttRig rig = new MqttRig();
  private final FakeLog log = rig.log;
  private MqttListener listener;

  @BeforeEach
  void start() throws Exception {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.sessionsMax = 2;
    listener = rig.listener(settings);
    listener.start();
  }

  @AfterEach
  void stop() throws Exception {
    rig.closeRaws();
    listener.close();
    rig.close();
  }

  private static Will will(int... properties) {
    return Will.of("devices/d1/status", "gone", properties);
  }

  private RawMqtt connect(int version, int flags, String clientId, Will will, int... properties)
      throws IOException {
    RawMqtt raw = rig.raw(listener, version);
    Packet connack = raw.connect(flags, clientId, will, properties);
    assertThat(connack.type()).isEqualTo(CONNACK);
    assertThat(connack.at(1)).as("let in").isZero();
    return raw;
  }

  private long count(WillOutcome outcome) {
    return listener.wills(outcome);
  }

  private void awaitCount(WillOutcome outcome, int expected) {
    await(expected + " " + outcome).until(() -> count(outcome) == expected);
  }

  /** Everything that ended before is done with once the will of one that ends now is in the log. */
  private void assertNothingSaid() throws Exception {
    long before = count(WillOutcome.COMMITTED);
    connect(4, CLEAN, "last", Will.of("t", "")).close();
    await().until(() -> count(WillOutcome.COMMITTED) > before);
    assertThat(rig.deliveries()).extracting(Delivery::device).containsExactly("last");
    assertThat(count(WillOutcome.NAMELESS)).isZero();
  }

  private void assertSaidOnce() throws Exception {
    awaitCount(WillOutcome.COMMITTED, 1);
    List<Delivery> deliveries = rig.deliveries();
    assertThat(deliveries).hasSize(1);
    assertThat(deliveries.get(0).device()).isEqualTo("d1");
    assertThat(deliveries.get(0).willTopic()).isEqualTo("devices/d1/status");
    assertThat(deliveries.get(0).payload()).asString(StandardCharsets.UTF_8).isEqualTo("gone");
    assertThat(rig.intake.received()).as("it is no reading").isZero();
    assertThat(rig.intake.pending()).isZero();
    assertThat(log.counts().committed()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void itIsSaidWhenTheConnectionBreaks(int version) throws Exception {
    connect(version, CLEAN, "c", will().with(Will.QOS_1)).close();
    assertSaidOnce();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void itIsNotSaidWhenTheDeviceSaysGoodbye(int version) throws Exception {
    connect(version, CLEAN, "c", will()).disconnect();
    assertNothingSaid();
  }

  @Test
  void itIsSaidWhenTheDeviceSaysGoodbyeWithWill() throws Exception {
    connect(5, CLEAN, "c", will()).disconnectFor(WITH_WILL);
    assertSaidOnce();
  }

  @Test
  void itIsSaidWhenTheDeviceFallsSilent() throws Exception {
    for (int version : new int[] {4, 5}) {
      RawMqtt raw = rig.raw(listener, version);
      raw.keepAlive(1);
      raw.connect(CLEAN, "c" + version, will());
    }
    awaitCount(WillOutcome.COMMITTED, 2);
    assertThat(listener.closedFor(CloseReason.KEEP_ALIVE)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void itIsSaidWhenTheGatewayEndsTheConnection(int version) throws Exception {
    connect(version, CLEAN, "c", will()).raw(new byte[] {0, 0});
    awaitCount(WillOutcome.COMMITTED, 1);
    RawMqtt second = connect(version, CLEAN, "c", will());
    second.publish(0x34, 1, "devices/d1/telemetry", new byte[] {1});
    awaitCount(WillOutcome.COMMITTED, 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void itIsSaidWhenAnotherConnectionTakesOver(int version) throws Exception {
    RawMqtt first = connect(version, CLEAN, "c", will());
    connect(version, CLEAN, "c", null);
    assertSaidOnce();
    while (first.read().type() != CLOSED) {
      assertThat(version).as("only MQTT 5 says why").isEqualTo(5);
    }
    assertSaidOnce();
  }

  @Test
  void aDelayedOneIsRecalledByATakeOverOfTheSession() throws Exception {
    connect(5, 0, "c", will(Will.delay(200)), MINUTE);
    connect(5, 0, "c", null, MINUTE);
    awaitCount(WillOutcome.RECALLED, 1);
    assertNothingSaid();
  }

  @Test
  void aTakeOverThatEndsTheSessionSaysADelayedOne() throws Exception {
    connect(5, 0, "c", will(Will.delay(200)), MINUTE);
    connect(5, CLEAN, "c", null, MINUTE);
    assertSaidOnce();
    connect(5, 0, "e", will(Will.delay(200)));
    connect(5, 0, "e", null, MINUTE);
    awaitCount(WillOutcome.COMMITTED, 2);
    assertThat(count(WillOutcome.RECALLED)).isZero();
  }

  @Test
  void aTakeOverOfTheSessionSaysOneWithoutDelay() throws Exception {
    connect(5, 0, "c", will(), MINUTE);
    connect(5, 0, "c", null, MINUTE);
    assertSaidOnce();
  }

  @Test
  void aDelayedOneIsRecalledByComingBack() throws Exception {
    connect(5, 0, "c", will(Will.delay(200)), RawMqtt.sessionExpiry(250)).close();
    await().until(() -> listener.sessionsParked() == 1);
    assertThat(listener.willsWaitingBytes()).isEqualTo("devices/d1/status".length() + 4);
    connect(5, 0, "c", null, MINUTE);
    assertThat(count(WillOutcome.RECALLED)).isOne();
    assertThat(listener.willsWaitingBytes()).isZero();
    assertNothingSaid();
  }

  @Test
  void aDelayedOneIsSaidAfterItsDelay() throws Exception {
    connect(5, 0, "c", will(Will.delay(1)), RawMqtt.sessionExpiry(250)).close();
    await().until(() -> listener.sessionsParked() == 1);
    assertSaidOnce();
    assertThat(listener.willsWaitingBytes()).isZero();
    RawMqtt back = rig.raw(listener, 5);
    assertThat(back.connect(0, "c", MINUTE).at(0)).as("the session is still there").isOne();
    assertSaidOnce();
  }

  @Test
  void aDelayedOneIsSaidAtTheEndOfItsSession() throws Exception {
    connect(5, 0, "c", will(Will.delay(200)), SECOND).close();
    assertSaidOnce();
    assertThat(listener.sessionsParked()).isZero();
    connect(5, 0, "c", will(Will.delay(200))).close();
    awaitCount(WillOutcome.COMMITTED, 2);
    connect(5, 0, "c", will(Will.delay(200)), MINUTE)
        .disconnectFor(WITH_WILL, RawMqtt.sessionExpiry(0));
    awaitCount(WillOutcome.COMMITTED, 3);
  }

  @Test
  void aDelayedOneIsSaidWhenTheDeviceStartsAnew() throws Exception {
    connect(5, 0, "c", will(Will.delay(200)), MINUTE).close();
    await().until(() -> listener.sessionsParked() == 1);
    connect(5, CLEAN, "c", null);
    assertSaidOnce();
    assertThat(count(WillOutcome.RECALLED)).isZero();
    assertThat(listener.willsWaitingBytes()).isZero();
  }

  @Test
  void delayedOnesAreBoundedWithTheSessions() throws Exception {
    for (String client : List.of("c1", "c2", "c3")) {
      Will will = Will.of("devices/" + client + "/status", "gone", Will.delay(200));
      connect(5, 0, client, will, RawMqtt.sessionExpiry(250)).close();
      await().until(() -> listener.connections() == 0);
    }
    awaitCount(WillOutcome.COMMITTED, 1);
    assertThat(rig.deliveries()).extracting(Delivery::device).containsExactly("c1");
    assertThat(listener.willsWaitingBytes()).isEqualTo(2 * ("devices/c1/status".length() + 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void itIsNotSaidWhenTheGatewayStops(int version) throws Exception {
    RawMqtt raw = connect(version, CLEAN, "c", will());
    listener.drain();
    while (raw.read().type() != CLOSED) {
      assertThat(version).isEqualTo(5);
    }
    listener.close();
    assertThat(rig.deliveries()).isEmpty();
    for (WillOutcome outcome : WillOutcome.values()) {
      assertThat(count(outcome)).isZero();
    }
  }

  @Test
  void whatTheLogCannotTakeIsLostAndCounted() throws Exception {
    RawMqtt raw = connect(4, CLEAN, "c", will());
    log.role(State.Role.FULL);
    raw.close();
    awaitCount(WillOutcome.LOST, 1);
    assertThat(rig.intake.received()).isZero();
  }

  @Test
  void theTopicNamesTheDeviceElseTheClientIdDoes() throws Exception {
    String[][] cases = {
      {"plug1", "devices/d7/x", "d7"},
      {"plug2", "devices/d8/", "d8"},
      {"plug3", "tele/kitchen/LWT", "plug3"},
      {"plug4", "devices/not a device/status", "plug4"},
      {"plug5", "devices/d9", "plug5"},
    };
    int said = 0;
    for (String[] each : cases) {
      connect(4, CLEAN, each[0], Will.of(each[1], "")).close();
      awaitCount(WillOutcome.COMMITTED, ++said);
      List<Delivery> deliveries = rig.deliveries();
      Delivery last = deliveries.get(deliveries.size() - 1);
      assertThat(last.device()).isEqualTo(each[2]);
      assertThat(last.willTopic()).isEqualTo(each[1]);
    }
    connect(4, CLEAN, "no device", Will.of("tele/kitchen/LWT", "x")).close();
    connect(5, CLEAN, "", Will.of("tele/kitchen/LWT", "x")).close();
    awaitCount(WillOutcome.NAMELESS, 2);
    assertThat(rig.deliveries()).hasSize(said);
  }

  private void assertRefused(CloseReason reason, int code, String text, Will will)
      throws Exception {
    long before = listener.closedFor(reason);
    Packet refused = rig.raw(listener, 5).connect(CLEAN, "c", will);
    assertThat(refused.type()).isEqualTo(CONNACK);
    assertThat(refused.at(1)).isEqualTo(code);
    assertThat(refused.text()).contains(text);
    assertThat(listener.closedFor(reason)).isEqualTo(before + 1);
  }

  private void assertClosed(CloseReason reason, Will will) throws Exception {
    long before = listener.closedFor(reason);
    assertThat(rig.raw(listener, 4).connect(CLEAN, "c", will).type()).isEqualTo(CLOSED);
    assertThat(listener.closedFor(reason)).isEqualTo(before + 1);
  }

  @Test
  void aTopicThatIsNoneIsRefused() throws Exception {
    for (String topic : List.of("", "devices/+/status", "devices/#")) {
      assertRefused(CloseReason.WILL_TOPIC, 0x90, "a will's topic", Will.of(topic, "x"));
      assertClosed(CloseReason.WILL_TOPIC, Will.of(topic, "x"));
    }
    assertNothingSaid();
  }

  @Test
  void qos2AndRetainAreRefusedWhereTheDeviceCanBeTold() throws Exception {
    assertRefused(CloseReason.WILL_QOS, 0x9B, "QoS 2", will().with(Will.QOS_2));
    assertRefused(CloseReason.WILL_RETAIN, 0x9A, "nothing is retained", will().with(Will.RETAIN));
    connect(4, CLEAN, "c", will().with(Will.QOS_2 | Will.RETAIN)).close();
    assertSaidOnce();
  }

  @Test
  void aLargeOneIsRefused() throws Exception {
    Will fits = Will.of("t", "x".repeat(63));
    Will tooLarge = Will.of("t", "x".repeat(64));
    assertRefused(CloseReason.WILL_TOO_LARGE, 0x97, "tidemark.mqtt.will-max-bytes", tooLarge);
    assertClosed(CloseReason.WILL_TOO_LARGE, tooLarge);
    connect(5, CLEAN, "c", fits).close();
    awaitCount(WillOutcome.COMMITTED, 1);
  }

  @Test
  void readingsComeFirst() throws Exception {
    RawMqtt raw = connect(5, CLEAN, "c", will());
    raw.publish(0x30, 0, "devices/d1/telemetry", Batches.readings("d1", 0, 3));
    raw.close();
    awaitCount(WillOutcome.COMMITTED, 1);
    assertThat(rig.deliveries()).hasSize(2);
    assertThat(rig.deliveries().get(0).willTopic()).isNull();
    assertThat(rig.deliveries().get(1).willTopic()).isNotNull();
    assertThat(rig.intake.received()).isEqualTo(3);
    assertThat(log.counts().committed()).isEqualTo(3);
  }
}
