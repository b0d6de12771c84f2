package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.DISCONNECT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.PasswordSettings;
import io.tidemark.gateway.identity.Passwords;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import io.tidemark.identity.password.Argon2id;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessList.Secret;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes to the port with TLS without a certificate, but with a user name and a password. */
@Timeout(60)
final class MqttPasswordTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final Argon2id QUICK = new Argon2id(64, 1);
  private static final String CHECKER = "password-check";

  private final MqttRig rig = new MqttRig();
  private final MqttRig.Settings settings = new MqttRig.Settings();
  private volatile AccessList list = AccessList.EMPTY;

  /** What checks wait for. */
  private volatile CountDownLatch held = new CountDownLatch(0);

  private @Nullable MqttListener listening;

  private void start(PasswordSettings passwords) throws Exception {
    start(passwords, Clock.systemUTC());
  }

  /**
   * @param clock by which failures are forgotten again
   */
  private void start(PasswordSettings passwords, Clock clock) throws Exception {
    MqttListener made =
        rig.listener(
            settings,
            new MqttTls(
                new OwnCredential(OURS.credential(new Identity(Role.GATEWAY, "g1"), "127.0.0.1")),
                new Devices(OURS.trust(), () -> Bars.NONE, Clock.systemUTC()),
                new Passwords(passwords, new Secrets(() -> Secrets.Known.of(list())), clock)));
    made.start();
    listening = made;
  }

  private AccessList list() {
    if (Thread.currentThread().getName().equals(CHECKER)) {
      try {
        held.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return list;
  }

  @BeforeEach
  void start() {
    listed(secret("d1", "one"), secret("d2", "two"));
  }

  @AfterEach
  void stop() throws Exception {
    held.countDown();
    rig.closeRaws();
    await().until(() -> listener().connections() == 0 && listener().unidentified() == 0);
    assertThat(listener().unfinishedBytes()).isZero();
    listener().close();
    rig.close();
  }

  private MqttListener listener() {
    if (listening == null) {
      throw new IllegalStateException("not started");
    }
    return listening;
  }

  private static Secret secret(String device, String password) {
    return new Secret(device, QUICK.hash(password.getBytes(UTF_8)), new byte[0]);
  }

  private void listed(Secret... secrets) {
    list = new AccessList(list.version() + 1, List.of(), List.of(secrets), List.of());
  }

  private RawMqtt raw(int version, @Nullable Credential credential) throws Exception {
    RawMqtt raw =
        new RawMqtt(
            new TlsDevice(OURS.trust(), credential).connected(listener().tlsPort()), version);
    rig.closeLater(raw);
    return raw;
  }

  /** CONNECT with clean session (start), user name and password. */
  private static void sendConnect(RawMqtt mqtt, int version, String user, String password)
      throws Exception {
    mqtt.send(
        0x10,
        version == 5
            ? "'MQTT' 05 c2 003c 00 'id' '%s' '%s'".formatted(user, password)
            : "'MQTT' 04 c2 003c 'id' '%s' '%s'".formatted(user, password));
  }

  private Packet connect(int version, String user, String password) throws Exception {
    RawMqtt mqtt = raw(version, null);
    sendConnect(mqtt, version, user, password);
    return mqtt.read();
  }

  private void assertClosedFor(CloseReason reason, long times) {
    await().untilAsserted(() -> assertThat(listener().closedFor(reason)).isEqualTo(times));
  }

  private static void publish(RawMqtt mqtt, int id, String device) throws Exception {
    mqtt.publish(id, "devices/" + device + "/telemetry", Batches.readings(device, 0, 1));
  }

  private void withPaho(String user, String password, String publishesAs) throws Exception {
    MqttClient client =
        new MqttClient("ssl://127.0.0.1:" + listener().tlsPort(), "any", new MemoryPersistence());
    try {
      MqttConnectionOptions options = new MqttConnectionOptions();
      options.setSocketFactory(
          Tls.client(new ServerTrust(OURS.trust(), server -> Instant.now()), null)
              .getSocketFactory());
      options.setUserName(user);
      options.setPassword(password.getBytes(UTF_8));
      options.setConnectionTimeout(10);
      client.connect(options);
      client.publish(
          "devices/" + publishesAs + "/telemetry", Batches.readings(publishesAs, 0, 1), 1, false);
      client.disconnect();
    } finally {
      client.close();
    }
  }

  @Test
  void aPasswordLetsItsDeviceInByAClientOfOthers() throws Exception {
    start(new PasswordSettings(10, 10, 10));
    withPaho("d1", "one", "d1");
    assertThat(rig.deliveries()).singleElement().matches(it -> it.device().equals("d1"));
    assertThatThrownBy(() -> withPaho("d1", "two", "d1"))
        .isInstanceOf(MqttException.class)
        .extracting(it -> ((MqttException) it).getReasonCode())
        .isEqualTo(0x86);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 4})
  void itSpeaksForItselfAlone(int version) throws Exception {
    start(new PasswordSettings(10, 10, 10));
    RawMqtt mqtt = raw(version, null);
    sendConnect(mqtt, version, "d1", "one");
    assertThat(mqtt.read().at(1)).isZero();
    publish(mqtt, 1, "d1");
    assertThat(mqtt.read().type()).isEqualTo(RawMqtt.PUBACK);
    publish(mqtt, 2, "d2");
    Packet refused = mqtt.read();
    if (version == 5) {
      assertThat(refused.pubackReason()).isEqualTo(0x87);
      assertThat(refused.text()).contains("this is device d1").contains("not those of d2");
    } else {
      assertThat(refused.type()).isEqualTo(CLOSED);
    }
    assertThat(rig.deliveries()).singleElement().matches(it -> it.device().equals("d1"));
  }

  /** Nobody learns which of them it is. */
  @ParameterizedTest
  @CsvSource({"d1, wrong", "d1, two", "nobody, one", "no/device, one"})
  void aWrongPasswordIsRefusedWhateverIsWrong(String user, String password) throws Exception {
    start(new PasswordSettings(10, 10, 10));
    Packet refused = connect(5, user, password);
    assertThat(refused.at(1)).isEqualTo(0x86);
    assertThat(refused.text()).contains("no device of this user name with this password");
    assertThat(connect(4, user, password).at(1)).isEqualTo(4);
    assertClosedFor(CloseReason.WRONG_PASSWORD, 2);
  }

  @Test
  void aCertificateCountsAlthoughThereIsAPassword() throws Exception {
    start(new PasswordSettings(10, 10, 10));
    RawMqtt mqtt = raw(5, OURS.credential(new Identity(Role.DEVICE, "d3")));
    sendConnect(mqtt, 5, "d1", "one");
    assertThat(mqtt.read().at(1)).isZero();
    publish(mqtt, 1, "d1");
    assertThat(mqtt.read().pubackReason()).isEqualTo(0x87);
    publish(mqtt, 2, "d3");
    assertThat(mqtt.read().pubackReason()).isZero();
  }

  @Test
  void whoIsShutOutIsNotLetInByItsPasswordEither() throws Exception {
    start(new PasswordSettings(10, 10, 10));
    list =
        new AccessList(
            5,
            List.of(new Barred("device", "d1", 0), new Barred("device", "d2", 1_000)),
            list.secrets(),
            List.of());
    Packet refused = connect(5, "d1", "one");
    assertThat(refused.at(1)).isEqualTo(0x8a);
    assertThat(refused.text()).contains("is shut out");
    assertThat(connect(4, "d1", "one").at(1)).isEqualTo(5);
    assertClosedFor(CloseReason.SHUT_OUT, 2);
    assertThat(connect(5, "d2", "two").at(1)).as("older certificates alone are void").isZero();
  }

  @ParameterizedTest
  @CsvSource({"5, true", "5, false", "4, true", "4, false"})
  void aConnectionEndsWithItsPassword(int version, boolean replaced) throws Exception {
    start(new PasswordSettings(10, 10, 10));
    RawMqtt first = raw(version, null);
    sendConnect(first, version, "d1", "one");
    assertThat(first.read().at(1)).isZero();
    RawMqtt second = raw(5, null);
    sendConnect(second, 5, "d2", "two");
    assertThat(second.read().at(1)).isZero();
    Secret stays = list.secrets().get(1);
    if (replaced) {
      listed(secret("d1", "another"), stays);
    } else {
      listed(stays);
    }
    listener().lookAgain();
    Packet end = first.read();
    if (version == 5) {
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x87);
      assertThat(end.text()).contains("has been withdrawn or replaced");
    } else {
      assertThat(end.type()).isEqualTo(CLOSED);
    }
    assertClosedFor(CloseReason.SECRET_WITHDRAWN, 1);
    assertThat(connect(5, "d1", "one").at(1)).as("although it was right before").isEqualTo(0x86);
    publish(second, 1, "d2");
    assertThat(second.read().pubackReason()).isZero();
  }

  @Test
  void aFloodOfWrongPasswordsHoldsUpNobodyWhoWasThereBefore() throws Exception {
    listed(secret("good", "good"), secret("d1", "one"), secret("d2", "two"));
    start(new PasswordSettings(50, 20, 15), Clock.fixed(Instant.now(), ZoneOffset.UTC));
    assertThat(connect(5, "d1", "one").at(1)).isZero();
    RawMqtt connected = raw(5, null);
    sendConnect(connected, 5, "good", "good");
    assertThat(connected.read().at(1)).isZero();
    try (GoodDevice good = new GoodDevice(connected)) {
      List<RawMqtt> flood = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        RawMqtt each = raw(5, null);
        sendConnect(each, 5, "d" + i % 2, "wrong" + i);
        flood.add(each);
      }
      String later = "";
      for (RawMqtt each : flood) {
        Packet refused = each.read();
        if (refused.at(1) == 0x9F) {
          later = refused.text();
        } else {
          assertThat(refused.at(1)).isEqualTo(0x86);
        }
      }
      assertThat(later).contains("were wrong: try again in ").containsPattern("in \\d+ s");
      long wrong = listener().closedFor(CloseReason.WRONG_PASSWORD);
      int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
      assertThat(wrong)
          .as("20 of the address, and one more of each thread")
          .isBetween(20L, 20L + threads);
      assertClosedFor(CloseReason.PASSWORD_FAILURES, 40 - wrong);
      good.assertServed();
      assertThat(connect(5, "d1", "one").at(1)).as("it was right before").isZero();
      assertThat(connect(4, "d2", "two").at(1)).as("server unavailable").isEqualTo(3);
    }
  }

  /** Of one address, of which one password may be wrong. */
  @Test
  void howeverManyComeAtOnceWithTheirOwnPasswordsAllAreLetIn() throws Exception {
    Secret[] all = new Secret[200];
    for (int i = 0; i < all.length; i++) {
      all[i] = secret("d" + i, "of " + i);
    }
    listed(all);
    start(new PasswordSettings(10, 10, 10));
    List<Passwords.Answer> answers = new CopyOnWriteArrayList<>();
    held = new CountDownLatch(1);
    try (Passwords passwords =
        new Passwords(
            new PasswordSettings(all.length, 1, 1),
            new Secrets(() -> Secrets.Known.of(list())),
            Clock.systemUTC())) {
      for (int i = 0; i < all.length; i++) {
        passwords.check("10.0.0.1", "d" + i, "of " + i, answers::add);
      }
      held.countDown();
      await().until(() -> answers.size() == all.length);
      assertThat(answers).allMatch(answer -> answer.refusal() == null);
      passwords.check("10.0.0.1", "d1", "wrong", answers::add);
      await().until(() -> answers.size() == all.length + 1);
      passwords.check("10.0.0.1", "nobody", "wrong", answers::add);
      assertThat(answers.subList(all.length, all.length + 2))
          .extracting(Passwords.Answer::refusal)
          .containsExactly(Passwords.Refusal.WRONG, Passwords.Refusal.TOO_MANY);
    }
  }

  @Test
  void ofOneDevicesNameFewerMayFail() throws Exception {
    start(new PasswordSettings(50, 20, 2), Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    assertThat(connect(5, "d1", "wrong").at(1)).isEqualTo(0x86);
    assertThat(connect(5, "d1", "wrong").at(1)).isEqualTo(0x86);
    assertThat(connect(5, "d1", "wrong").text()).contains("try again in 10 s");
    assertThat(connect(5, "d2", "two").at(1)).as("of the same address").isZero();
  }

  /** MQTT lets a device send before it has its CONNACK (3.1.1, section 3.1.4). */
  @ParameterizedTest
  @ValueSource(ints = {5, 4})
  void whatComesWhileItsPasswordIsCheckedIsTakenAfterwards(int version) throws Exception {
    start(new PasswordSettings(10, 10, 10));
    held = new CountDownLatch(1);
    RawMqtt mqtt = raw(version, null);
    sendConnect(mqtt, version, "d1", "one");
    for (int id = 1; id <= 3; id++) {
      publish(mqtt, id, "d1");
    }
    RawMqtt other = raw(version, null);
    sendConnect(other, version, "d1", "wrong");
    publish(other, 1, "d1");
    await().until(() -> listener().unidentified() == 0);
    assertThat(rig.deliveries()).isEmpty();
    held.countDown();
    assertThat(mqtt.read().at(1)).isZero();
    for (int id = 1; id <= 3; id++) {
      Packet answer = mqtt.read();
      assertThat(answer.type()).isEqualTo(RawMqtt.PUBACK);
      assertThat(answer.packetId()).isEqualTo(id);
    }
    assertThat(other.read().at(1)).isEqualTo(version == 5 ? 0x86 : 4);
    assertThat(other.read().type()).isEqualTo(CLOSED);
    assertThat(rig.deliveries()).hasSize(3);
  }

  @Test
  void moreThanMayWaitAreToldToComeLaterAndNoneWaitsForever() throws Exception {
    start(new PasswordSettings(1, 100, 100));
    held = new CountDownLatch(1);
    List<RawMqtt> waiting = new ArrayList<>();
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    for (int i = 0; i < threads + 1; i++) {
      int computing = i;
      RawMqtt each = raw(5, null);
      sendConnect(each, 5, "d1", "one");
      waiting.add(each);
      await()
          .until(
              () ->
                  listener().passwordsWaiting() == (computing < threads ? 0 : 1)
                      && listener().unidentified() == 0);
    }
    Packet busy = connect(5, "d2", "two");
    assertThat(busy.at(1)).isEqualTo(0x89);
    assertThat(busy.text()).contains("too many passwords are being checked: try again in 5 s");
    for (RawMqtt each : waiting) {
      assertThat(each.read().type()).isEqualTo(CLOSED);
    }
    assertClosedFor(CloseReason.PASSWORD_CHECKS, threads + 2L);
    held.countDown();
    await().until(() -> listener().passwordsWaiting() == 0);
    assertThat(connect(5, "d2", "two").at(1)).isZero();
  }
}
