package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.intake.DeviceRates;
import io.tidemark.gateway.intake.IntakeSettings;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.intake.Rates;
import io.tidemark.gateway.replication.CommittedEntry;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Everything behind and around an MQTT listener: an intake, a log in memory, raw connections. */
final class MqttRig implements AutoCloseable {
  /** Settings that suit most tests, changed by those of each. */
  static final class Settings {
    int port;
    boolean plain = true;
    int connectionsMax = 100;
    int receiveMaximum = 5;
    int inFlightMax = 8;
    Duration connectTimeout = Duration.ofSeconds(5);
    Duration sessionExpiryMax = Duration.ofHours(1);
    int sessionsMax = 100;
    int perAddressMax = 10_000;
    int unidentifiedMax = 100;
    int perSecondMax = 10_000;
    int perSecondPerAddressMax = 100_000;
    int unfinishedMaxBytes = 1 << 20;
    Duration writeTimeout = Duration.ofSeconds(5);
    int willMaxBytes = 64;
    int packetMaxBytes = MqttSettings.PACKET_MAX_BYTES;
    Duration unreadyGrace = Duration.ofHours(1);

    private MqttSettings made() {
      return new MqttSettings(
          "127.0.0.1",
          port,
          0,
          plain,
          connectionsMax,
          receiveMaximum,
          inFlightMax,
          connectTimeout,
          sessionExpiryMax,
          sessionsMax,
          perAddressMax,
          unidentifiedMax,
          perSecondMax,
          perSecondPerAddressMax,
          unfinishedMaxBytes,
          writeTimeout,
          willMaxBytes,
          packetMaxBytes,
          unreadyGrace);
    }
  }

  final FakeLog log = new FakeLog();

  /** Where devices may go instead; null if nowhere. */
  volatile @Nullable String elsewhere;

  final Vertx vertx = Vertx.vertx();
  final LogIntake intake;
  private final List<RawMqtt> raws = new ArrayList<>();

  MqttRig() {
    this(Rates.ample());
  }

  /** With limits of devices and sites. */
  MqttRig(DeviceRates rates) {
    intake =
        new LogIntake(
            new IntakeSettings(
                "g1", 4 << 20, 1 << 20, 4, Duration.ofSeconds(20), Duration.ofMillis(10)),
            rates,
            log,
            Clock.systemUTC(),
            () -> elsewhere);
  }

  /** A listener with these settings, not started. */
  MqttListener listener(Settings settings) {
    return new MqttListener(vertx, settings.made(), intake, null);
  }

  /** A listener with TLS, too; not started. */
  MqttListener listener(Settings settings, MqttTls tls) {
    return new MqttListener(vertx, settings.made(), intake, tls);
  }

  /** A listener that measures the grace by this clock, in nanoseconds; not started. */
  MqttListener listener(Settings settings, LongSupplier clock) {
    return new MqttListener(vertx, settings.made(), intake, null, clock);
  }

  /** A connection that has not sent anything. */
  RawMqtt raw(MqttListener listener, int version) throws IOException {
    RawMqtt raw = new RawMqtt(listener.port(), version);
    closeLater(raw);
    return raw;
  }

  /** A connection that was let in. */
  RawMqtt connected(MqttListener listener, int version, String clientId) throws IOException {
    RawMqtt raw = RawMqtt.connected(listener.port(), version, clientId);
    closeLater(raw);
    return raw;
  }

  /** One that a test has made by itself. */
  void closeLater(RawMqtt raw) {
    raws.add(raw);
  }

  /** What is in the log. */
  List<Delivery> deliveries() throws Exception {
    List<Delivery> deliveries = new ArrayList<>();
    for (CommittedEntry entry : log.read(0, Integer.MAX_VALUE).entries()) {
      deliveries.addAll(ForwardCodec.decodeEntry(entry.bytes()).deliveries());
    }
    return deliveries;
  }

  void closeRaws() throws IOException {
    for (RawMqtt raw : raws) {
      raw.close();
    }
  }

  /** Closes all but the listeners. */
  @Override
  public void close() throws Exception {
    log.withhold(false);
    log.commitWithheld();
    intake.close();
    vertx.close().toCompletionStage().toCompletableFuture().get();
  }
}
