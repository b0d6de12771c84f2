package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.CLOSED;
import static io.tidemark.gateway.mqtt.RawMqtt.CONNACK;
import static io.tidemark.gateway.mqtt.RawMqtt.DISCONNECT;
import static io.tidemark.gateway.mqtt.RawMqtt.PINGRESP;
import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import io.tidemark.gateway.Batches;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes to the port, a good device is acknowledged meanwhile, and nothing is kept. */
@Timeout(120)
final class HostileConnectionsTest {
  private static final int SILENT = 5_000;

  /** CONNECT of MQTT 5, client id "h". */
  private static final String CONNECT_5 = "10 0e 0004 4d515454 05 02 003c 00 0001 68";

  /** A PUBLISH with QoS 1, packet id 1, and one byte that is no batch. */
  private static final String PUBLISH_5 = "32 08 0001 61 0001 00 ff ff";

  /** Who says that the machine stalls, and what other tests in this process have left running. */
  private static final List<String> FOREIGN =
      List.of("io.vertx.core.impl.BlockedThreadChecker", "org.apache.ratis", "io.grpc");

  private final MqttRig rig = new MqttRig();
  private final List<String> logged = new CopyOnWriteArrayList<>();
  private final Handler logHandler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          String logger = String.valueOf(record.getLoggerName());
          if (FOREIGN.stream().noneMatch(logger::startsWith)) {
            logged.add(logger + ": " + record.getMessage());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private MqttListener listener = listener(100, 10_000, 1_000_000, 1 << 20);
  private GoodDevice good;
  private int clients;

  private MqttListener listener(
      int perAddressMax, int unidentifiedMax, int perSecondMax, int unfinishedMaxBytes) {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.connectionsMax = 10_000;
    settings.connectTimeout = Duration.ofSeconds(3);
    settings.perAddressMax = perAddressMax;
    settings.unidentifiedMax = unidentifiedMax;
    settings.perSecondMax = perSecondMax;
    settings.unfinishedMaxBytes = unfinishedMaxBytes;
    settings.writeTimeout = Duration.ofSeconds(1);
    return rig.listener(settings);
  }

  @BeforeEach
  void listenToTheLog() {
    Logger.getLogger("").addHandler(logHandler);
  }

  @BeforeEach
  void start() throws Exception {
    listener.start();
    good = new GoodDevice(listener.port());
  }

  /** With other limits. */
  private void restart(MqttListener other) throws Exception {
    good.close();
    listener.close();
    listener = other;
    start();
  }

  @AfterEach
  void stop() throws Exception {
    Logger.getLogger("").removeHandler(logHandler);
    good.assertServed();
    assertThat(logged).as("lines in the log").isEmpty();
    rig.closeRaws();
    await().until(() -> listener.connections() == 1 && listener.unidentified() == 0);
    assertThat(listener.unfinishedBytes()).isZero();
    good.close();
    listener.close();
    rig.close();
  }

  private RawMqtt raw(int version) throws IOException {
    return rig.raw(listener, version);
  }

  private RawMqtt connected(int version) throws IOException {
    return rig.connected(listener, version, "h" + clients++);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private long closedFor(CloseReason reason) {
    return listener.closedFor(reason);
  }

  private void assertClosedFor(CloseReason reason, int times) {
    // The device may hear of it first.
    await().untilAsserted(() -> assertThat(closedFor(reason)).as("%s", reason).isEqualTo(times));
  }

  private static void assertDisconnected(RawMqtt mqtt, int code) throws IOException {
    Packet packet = mqtt.read();
    assertThat(packet.type()).as("%s", packet).isEqualTo(DISCONNECT);
    assertThat(packet.at(0)).as("%s", packet).isEqualTo(code);
    assertThat(mqtt.read().type()).isEqualTo(CLOSED);
  }

  @Test
  void packetsMayEndAnywhere() throws Exception {
    byte[] whole = bytes(CONNECT_5 + PUBLISH_5);
    for (int length = 0; length < whole.length; length++) {
      try (RawMqtt raw = new RawMqtt(listener.port(), 5)) {
        raw.raw(Arrays.copyOf(whole, length));
      }
    }
  }

  @Test
  void packetsMayComeByteByByte() throws Exception {
    RawMqtt mqtt = raw(5);
    for (byte each : bytes(CONNECT_5 + PUBLISH_5)) {
      mqtt.raw(new byte[] {each});
    }
    assertThat(mqtt.read().type()).isEqualTo(CONNACK);
    assertThat(mqtt.read().type()).isEqualTo(PUBACK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PUBLISH_5,
        "c0 00",
        "e0 00",
        "82 06 0001 00 0001 23 00",
        "f0 00",
        "40 02 0001",
        "20 02 0000"
      })
  void theFirstPacketHasToBeConnect(String packet) throws Exception {
    RawMqtt mqtt = raw(5);
    mqtt.raw(bytes(packet));
    assertThat(mqtt.read().type()).isEqualTo(CLOSED);
    assertClosedFor(CloseReason.PROTOCOL, 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a second CONNECT | 10 0e 0004 4d515454 05 02 003c 00 0001 68 | 82",
        "PINGREQ with a flag | c1 00 | 81",
        "PINGREQ with contents | c0 01 00 | 81",
        "SUBSCRIBE without its flag | 80 06 0001 00 0001 23 00 | 81",
        "SUBSCRIBE for QoS 3 | 82 07 0001 00 0001 23 03 | 81",
        "SUBSCRIBE with the rest missing | 82 06 0001 00 0009 61 | 81",
        "QoS 3 | 36 07 0001 61 0001 00 ff | 81",
        "packet id 0 | 32 07 0001 61 0000 00 ff | 81",
        "a wildcard | 32 07 0001 23 0001 00 ff | 81",
        "a topic that is not UTF-8 | 32 07 0001 ff 0001 00 ff | 81",
        "U+0000 in the topic | 32 07 0001 00 0001 00 ff | 81",
        "a topic longer than its packet | 32 05 01f4 616263 | 81",
        "properties longer than their packet | 32 09 0001 61 0001 ffff7f ff | 81",
        "properties of 256 MB | 32 0a 0001 61 0001 ffffff7f ff | 81",
        "a property that there is not | 32 09 0001 61 0001 02 7f00 ff | 81",
        "a packet id without a packet | 32 03 0001 61 | 81",
        "five bytes of length | 30 ff ff ff ff 01 | 81",
        "256 MB announced | 30 ff ff ff 7f | 95",
        "packet type 0 | 00 00 | 81",
        "AUTH | f0 00 | 82",
        "CONNACK | 20 02 0000 | 82",
        "PUBACK with a code that there is not | 40 03 0001 42 | 82",
        "PUBREL | 62 02 0001 | 82",
        "DISCONNECT with a code that there is not | e0 01 ee | 82",
        "and with a length in two bytes | e0 81 00 ee | 82",
      })
  void whatIsNotAllowedIsSaid(String what, String packet, String code) throws Exception {
    RawMqtt five = connected(5);
    five.raw(bytes(packet));
    assertDisconnected(five, Integer.parseInt(code, 16));
    RawMqtt four = connected(4);
    // PUBLISH of 3.1.1 has no properties, so some of these are in order there.
    four.raw(bytes(packet.startsWith("32") ? "32 02 0000" : packet));
    assertThat(four.read().type()).as(what).isEqualTo(CLOSED);
    CloseReason reason =
        switch (code) {
          case "82" -> CloseReason.PROTOCOL;
          case "95" -> CloseReason.TOO_LARGE;
          default -> CloseReason.MALFORMED;
        };
    assertClosedFor(reason, 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "another protocol | 10 0d 0004 4d515458 04 02 003c 0001 68 | 1 | PROTOCOL",
        "level 6 | 10 0d 0004 4d515454 06 02 003c 0001 68 | 1 | PROTOCOL",
        "no id and no clean session | 10 0c 0004 4d515454 04 00 003c 0000 | 2 | PROTOCOL",
        "an id with U+0000 | 10 0d 0004 4d515454 04 02 003c 0001 00 | 2 | CLIENT_ID",
        "an id that is not UTF-8 | 10 0e 0004 4d515454 05 02 003c 00 0001 ff | 133 | CLIENT_ID",
        "a reserved flag | 10 0d 0004 4d515454 04 03 003c 0001 68 | -1 | MALFORMED",
        "more than it says | 10 0f 0004 4d515454 04 02 003c 0001 68 0000 | -1 | MALFORMED",
        "less than it says | 10 0d 0004 4d515454 04 02 003c 0009 68 | -1 | MALFORMED",
        "256 MB announced | 10 ff ff ff 7f | -1 | TOO_LARGE",
        "properties of 256 MB | 10 0f 0004 4d515454 05 02 003c ffffff7f 00 | -1 | MALFORMED",
      })
  void wrongConnectsAreRefused(String what, String packet, int code, CloseReason reason)
      throws Exception {
    RawMqtt mqtt = raw(4);
    mqtt.raw(bytes(packet));
    Packet answer = mqtt.read();
    if (code < 0) {
      assertThat(answer.type()).as(what).isEqualTo(CLOSED);
    } else {
      assertThat(answer.type()).as(what).isEqualTo(CONNACK);
      assertThat(answer.at(1)).as(what).isEqualTo(code);
      assertThat(mqtt.read().type()).as(what).isEqualTo(CLOSED);
    }
    assertClosedFor(reason, 1);
  }

  @Test
  void longClientIdsAreRefused() throws Exception {
    Packet refused = raw(5).connect("x".repeat(257));
    assertThat(refused.at(1)).isEqualTo(0x85);
    assertThat(refused.text()).contains("256 characters");
    assertThat(raw(4).connect("x".repeat(257)).at(1)).isEqualTo(2);
    assertThat(raw(4).connect("x".repeat(256)).at(1)).isZero();
    assertThat(raw(4).connect("x".repeat(20_000)).type()).isEqualTo(CLOSED);
    assertClosedFor(CloseReason.CLIENT_ID, 2);
    assertClosedFor(CloseReason.TOO_LARGE, 1);
  }

  @Test
  void whatComesAfterAPacketOfAnEndedConnectionIsNotRead() throws Exception {
    RawMqtt mqtt = connected(5);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes("f0 00"));
    for (int i = 0; i < 1000; i++) {
      out.writeBytes(bytes("c0 00"));
    }
    mqtt.raw(out.toByteArray());
    assertDisconnected(mqtt, 0x82);
    assertClosedFor(CloseReason.PROTOCOL, 1);
  }

  @Test
  void partsOfPacketsAreBounded() throws Exception {
    restart(listener(100, 100, 1_000_000, 150_000));
    byte[] part = new byte[100_004];
    System.arraycopy(bytes("32 80 80 0c 0001 61 0001 00"), 0, part, 0, 10);
    RawMqtt first = connected(5);
    first.raw(part);
    await().until(() -> listener.unfinishedBytes() == part.length);
    RawMqtt second = connected(5);
    second.raw(part);
    Packet packet = second.read();
    assertThat(packet.type()).isEqualTo(DISCONNECT);
    assertThat(packet.at(0)).isEqualTo(0x97);
    assertThat(packet.text()).contains("tidemark.mqtt.unfinished-max-bytes");
    assertClosedFor(CloseReason.UNFINISHED, 1);
    await().until(() -> listener.unfinishedBytes() == part.length);
    first.raw(new byte[4 + 0x30000 - part.length]);
    assertThat(first.read().type()).as("the whole packet").isEqualTo(PUBACK);
  }

  @Test
  void silentConnectionsAreClosed() throws Exception {
    long files =
        ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getMaxFileDescriptorCount();
    assertThat(files)
        .as("open files: %d connections need two each; raise the limit (ulimit -n)", SILENT)
        .isGreaterThan(2 * SILENT + 1_000);
    long before = usedBytes();
    List<RawMqtt> silent = new ArrayList<>();
    for (int i = 0; i < SILENT; i++) {
      silent.add(new RawMqtt(listener.port(), 5));
    }
    good.assertServed();
    for (RawMqtt each : silent) {
      assertThat(each.read().type()).isEqualTo(CLOSED);
      each.close();
    }
    assertClosedFor(CloseReason.CONNECT_TIMEOUT, SILENT);
    assertThat(listener.unidentified()).isZero();
    silent.clear();
    // What the good device has sent meanwhile is in the log, which is in memory here.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> usedBytes() - before < (16 << 20) + rig.log.committedIndex() * 512);
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void aByteNowAndThenDoesNotProlongTheConnect() throws Exception {
    RawMqtt mqtt = raw(5);
    long began = System.nanoTime();
    byte[] connect = bytes(CONNECT_5);
    for (int i = 0; i < 4; i++) {
      mqtt.raw(Arrays.copyOfRange(connect, i, i + 1));
      int sent = i;
      await().until(() -> System.nanoTime() - began > sent * 500_000_000L);
    }
    assertThat(mqtt.read().type()).isEqualTo(CLOSED);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
    assertClosedFor(CloseReason.CONNECT_TIMEOUT, 1);
  }

  @Test
  void theOldestSilentConnectionMakesRoom() throws Exception {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.unidentifiedMax = 2;
    settings.connectTimeout = Duration.ofSeconds(10); // all of this takes less
    restart(rig.listener(settings));
    RawMqtt first = raw(5);
    await().until(() -> listener.unidentified() == 1);
    RawMqtt second = raw(5);
    await().until(() -> listener.unidentified() == 2);
    RawMqtt third = raw(5);
    assertThat(first.read().type()).isEqualTo(CLOSED);
    assertClosedFor(CloseReason.UNIDENTIFIED, 1);
    assertThat(listener.unidentified()).isEqualTo(2);
    assertThat(third.connect("third").at(1)).isZero();
    assertThat(second.connect("second").at(1)).isZero();
  }

  @Test
  void connectionsOfOneAddressHaveALimit() throws Exception {
    restart(listener(2, 100, 1_000_000, 1 << 20));
    RawMqtt first = connected(5);
    Packet refused = raw(5).connect("b");
    assertThat(refused.type()).isEqualTo(CONNACK);
    assertThat(refused.at(1)).isEqualTo(0x97);
    assertThat(refused.text())
        .contains("takes 2 connections")
        .contains("tidemark.mqtt.connections-per-address-max")
        .contains("try again");
    assertThat(raw(4).connect("b").at(1)).isEqualTo(3);
    assertClosedFor(CloseReason.ADDRESS, 2);
    first.close();
    await().until(() -> listener.connections() == 1);
    connected(4);
  }

  @Test
  void whoReadsNoAcknowledgementsIsDisconnectedAtTheWindow() throws Exception {
    RawMqtt mqtt = new RawMqtt(listener.port(), 5, 4_096);
    rig.closeLater(mqtt);
    mqtt.connect("slow");
    byte[] batch = Batches.readings("d1", 0, 1);
    int sent = 0;
    try {
      // Refused at once, so that only unread answers can fill the window; some millions of bytes of
      // them fit into the system's buffers.
      for (; closedFor(CloseReason.WINDOW) == 0 && sent < 4_000_000; sent++) {
        mqtt.publish(1 + sent % 60_000, "nowhere", batch);
      }
    } catch (IOException e) {
      assertThat(e).as("hung up after %d", sent).isNotNull();
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> listener.connections() == 1);
    assertClosedFor(CloseReason.WINDOW, 1);
  }

  @Test
  void whoReadsNoAnswersIsNotReadFromAndThenClosed() throws Exception {
    RawMqtt mqtt = new RawMqtt(listener.port(), 5, 4_096);
    rig.closeLater(mqtt);
    mqtt.connect("slow");
    Thread sending =
        new Thread(
            () -> {
              try {
                while (closedFor(CloseReason.UNREAD) == 0) {
                  mqtt.subscribe(1, "#");
                }
              } catch (IOException e) {
                assertThat(e).as("hung up").isNotNull();
              }
            });
    sending.start();
    await().atMost(Duration.ofSeconds(60)).until(() -> listener.connections() == 1);
    assertClosedFor(CloseReason.UNREAD, 1);
    sending.join(20_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whoFallsSilentIsDisconnected(int version) throws Exception {
    RawMqtt mqtt = raw(version);
    mqtt.keepAlive(1);
    long began = System.nanoTime();
    assertThat(mqtt.connect("silent").at(1)).isZero();
    // Bytes are no packet.
    mqtt.raw(new byte[] {0x32, 0x10});
    if (version == 5) {
      assertDisconnected(mqtt, 0x8D);
    } else {
      assertThat(mqtt.read().type()).isEqualTo(CLOSED);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(15));
    assertClosedFor(CloseReason.KEEP_ALIVE, 1);
  }

  @Test
  void whoSendsTooFastIsReadLater() throws Exception {
    restart(listener(100, 100, 50, 1 << 20));
    long began = System.nanoTime();
    RawMqtt mqtt = connected(5);
    for (int i = 0; i < 120; i++) {
      mqtt.ping();
    }
    for (int i = 0; i < 120; i++) {
      assertThat(mqtt.read().type()).isEqualTo(PINGRESP);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as("in three seconds, of which the first began with the CONNECT")
        .isGreaterThan(Duration.ofMillis(1_500));
    assertThat(listener.throttled()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void whoseAddressSendsTooFastIsReadLater() throws Exception {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.perSecondPerAddressMax = 50;
    restart(rig.listener(settings));
    long throttled = listener.throttledByAddress();
    List<RawMqtt> together = List.of(connected(5), connected(5), connected(4));
    for (RawMqtt mqtt : together) {
      for (int i = 0; i < 40; i++) {
        mqtt.ping();
      }
    }
    for (RawMqtt mqtt : together) {
      for (int i = 0; i < 40; i++) {
        assertThat(mqtt.read().type()).isEqualTo(PINGRESP);
      }
    }
    assertThat(listener.throttledByAddress()).isGreaterThan(throttled);
    assertThat(listener.throttled()).as("none by itself").isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatIsTooLargeIsSettled(int version) throws Exception {
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.packetMaxBytes = 20_000;
    restart(rig.listener(settings));
    RawMqtt fits = connected(version);
    fits.publish(1, "devices/large/telemetry", new byte[19_900]);
    assertThat(fits.read().type()).isEqualTo(PUBACK);
    RawMqtt mqtt = connected(version);
    mqtt.publish(1, "devices/large/telemetry", new byte[20_000]);
    if (version == 5) {
      assertDisconnected(mqtt, 0x95);
    } else {
      assertThat(mqtt.read().type()).isEqualTo(CLOSED);
    }
    assertClosedFor(CloseReason.TOO_LARGE, 1);
  }
}
