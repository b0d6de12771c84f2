package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.mqtt.RawMqtt.PUBACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.intake.DeviceRates;
import io.tidemark.gateway.intake.RateSettings;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.wire.AccessList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Devices and sites that send more than they may: a device 200 readings a second, a site 1,000.
 * What is owed is paid by the time that passes, so they owe more than a pause of the machine.
 */
@Timeout(60)
class MqttRatesTest {
  private static final AccessList LIST =
      new AccessList(
          1,
          List.of(),
          List.of(),
          List.of(new AccessList.Site("plant 2", List.of("p1", "p2", "p3"))));

  private final MqttRig rig =
      new MqttRig(
          new DeviceRates(
              new RateSettings(200, 100_000, 1_000, 1 << 20, Duration.ofSeconds(1)),
              () -> DeviceRates.sitesOf(LIST)));
  private final MqttListener listener = rig.listener(new MqttRig.Settings());
  private int sent;

  @BeforeEach
  void start() throws Exception {
    listener.start();
  }

  @AfterEach
  void stop() throws Exception {
    rig.closeRaws();
    listener.close();
    rig.close();
  }

  private RawMqtt connected(int version) throws IOException {
    return rig.connected(listener, version, "c" + sent++);
  }

  private void send(RawMqtt mqtt, String device, int readings) throws IOException {
    mqtt.publish(1 + sent++ % 60_000, "devices/" + device + "/telemetry", batch(device, readings));
  }

  private static byte[] batch(String device, int readings) {
    return Batches.readings(device, 0, readings);
  }

  @Test
  void aDeviceOfMqtt5IsToldTheLimitAndWhenToComeAgain() throws Exception {
    RawMqtt first = connected(5);
    send(first, "d1", 1_200);
    assertThat(first.read().pubackReason()).as("the burst is exceeded, but was not used").isZero();
    // On another connection it is the same device.
    RawMqtt second = connected(5);
    send(second, "d1", 7);
    Packet refused = second.read();
    assertThat(refused.type()).isEqualTo(PUBACK);
    assertThat(refused.pubackReason()).isEqualTo(0x97);
    assertThat(refused.text())
        .contains("device d1 may send 200 readings a second")
        .contains("tidemark.intake.device-readings-per-second-max");
    Matcher again = Pattern.compile("send again in ([1-5]) s").matcher(refused.text());
    assertThat(again.find()).as("%s", refused.text()).isTrue();
    assertThat(refused.text()).contains("\0\013retry-after\0\001" + again.group(1));
    send(second, "d2", 1);
    assertThat(second.read().pubackReason()).isZero();
    assertThat(rig.intake.refusedReadings(Reason.DEVICE_RATE)).isEqualTo(7);
  }

  @Test
  void whatWasRefusedForOtherReasonsIsNotCounted() throws Exception {
    RawMqtt mqtt = connected(5);
    mqtt.publish(1, "devices/d1/telemetry", batch("d2", 1_200));
    assertThat(mqtt.read().pubackReason()).isEqualTo(0x87);
    send(mqtt, "d1", 1);
    assertThat(mqtt.read().pubackReason()).as("d1 has sent it, whatever it says").isEqualTo(0x97);
    send(mqtt, "d2", 1);
    assertThat(mqtt.read().pubackReason()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoCannotBeToldIsReadFromLater(boolean withoutPromise) throws Exception {
    RawMqtt first = connected(4);
    RawMqtt second = connected(withoutPromise ? 5 : 4);
    byte[] later = batch("d1", 200);
    long began = System.nanoTime();
    send(first, "d1", 800);
    assertThat(first.read().type()).isEqualTo(PUBACK);
    second.publish(withoutPromise ? 0x30 : 0x32, 9, "devices/d1/telemetry", later);
    await().until(() -> listener.throttledByDevice() == 1);
    send(first, "d2", 1);
    assertThat(first.read().type()).as("others of its address go on").isEqualTo(PUBACK);
    await().atMost(Duration.ofSeconds(30)).until(() -> rig.deliveries().size() == 3);
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as("four seconds' worth, but for the burst")
        .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    assertThat(rig.intake.refusedReadings(Reason.DEVICE_RATE)).isZero();
    assertThat(listener.throttledBySite()).isZero();
    if (!withoutPromise) {
      assertThat(second.read().packetId()).isEqualTo(9);
    }
    assertThat(listener.unfinishedBytes()).isZero();
  }

  @Test
  void whatWaitsIsBounded() throws Exception {
    MqttRig.Settings small = new MqttRig.Settings();
    small.unfinishedMaxBytes = MqttSettings.PACKET_MAX_BYTES;
    MqttListener other = rig.listener(small);
    other.start();
    try {
      RawMqtt owing = rig.connected(other, 4, "owing");
      send(owing, "d1", 16_000);
      assertThat(owing.read().type()).isEqualTo(PUBACK);
      byte[] much = new byte[200_000];
      RawMqtt waiting = rig.connected(other, 4, "waiting");
      waiting.publish(1, "devices/d1/telemetry", much);
      await().until(() -> other.throttledByDevice() == 1);
      RawMqtt another = rig.connected(other, 4, "another");
      another.publish(1, "devices/d1/telemetry", much);
      assertThat(another.read().type()).isEqualTo(RawMqtt.CLOSED);
      assertThat(other.closedFor(CloseReason.UNFINISHED)).isEqualTo(1);
    } finally {
      other.close();
    }
  }

  @Test
  void theDevicesOfASiteHaveALimitTogether() throws Exception {
    RawMqtt mqtt = connected(5);
    RawMqtt old = connected(4);
    send(mqtt, "p1", 4_000);
    assertThat(mqtt.read().pubackReason()).isZero();
    send(mqtt, "p2", 600);
    Packet refused = mqtt.read();
    assertThat(refused.pubackReason()).isEqualTo(0x97);
    assertThat(refused.text())
        .contains("all devices of site plant 2 may send 1000 readings a second")
        .contains("tidemark.intake.site-readings-per-second-max");
    assertThat(rig.intake.refusedReadings(Reason.SITE_RATE)).isEqualTo(600);
    send(old, "p3", 1);
    await().until(() -> listener.throttledBySite() == 1);
    assertThat(old.read().type()).isEqualTo(PUBACK);
    send(mqtt, "elsewhere", 1);
    assertThat(mqtt.read().pubackReason()).isZero();
  }

  @Test
  void bytesCountToo() throws Exception {
    int most = 199; // of whose readings none is too many
    MqttRig.Settings settings = new MqttRig.Settings();
    settings.receiveMaximum = most;
    MqttListener other = rig.listener(settings);
    other.start();
    try {
      RawMqtt mqtt = rig.connected(other, 5, "foreign");
      byte[] foreign =
          ("{\"text\":\"" + "x".repeat(4_000) + "\"}").getBytes(StandardCharsets.UTF_8);
      // All of them at once: as long as each waits for its answer, what is owed may be paid.
      for (int id = 1; id <= most; id++) {
        mqtt.publish(id, "devices/d9/telemetry", foreign);
      }
      int answered = 0;
      Packet answer;
      do {
        answer = mqtt.read();
        answered++;
      } while (answer.pubackReason() == 0 && answered < most);
      assertThat(answer.text()).contains("tidemark.intake.device-bytes-per-second-max");
    } finally {
      other.close();
    }
  }
}
