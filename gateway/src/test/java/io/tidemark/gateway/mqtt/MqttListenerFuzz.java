package io.tidemark.gateway.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.api.SilentCloseable;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.gateway.Batches;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.PasswordSettings;
import io.tidemark.gateway.identity.Passwords;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.gateway.intake.IntakeSettings;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.intake.Rates;
import io.tidemark.gateway.mqtt.RawMqtt.Packet;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.wire.AccessList;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Whatever a connection sends, nothing is thrown, it ends, and a good device is acknowledged. */
class MqttListenerFuzz {
  private static final FakeLog LOG = new FakeLog();
  private static final Vertx VERTX = Vertx.vertx();
  private static final LogIntake INTAKE =
      new LogIntake(
          new IntakeSettings("g1", 4 << 20, 1 << 20, 4, Duration.ofSeconds(20), Duration.ZERO),
          Rates.ample(),
          LOG,
          Clock.systemUTC(),
          () -> null);
  private static final MqttListener LISTENER =
      new MqttListener(
          VERTX,
          new MqttSettings(
              "127.0.0.1",
              0,
              0,
              true,
              100,
              5,
              8,
              Duration.ofSeconds(5),
              Duration.ofHours(1),
              100,
              100,
              100,
              10_000,
              1_000_000,
              1 << 20,
              Duration.ofSeconds(5),
              4_096,
              MqttSettings.PACKET_MAX_BYTES,
              Duration.ofHours(1)),
          INTAKE,
          tls());

  private static final Logger THROWN = Logger.getLogger(MqttVerticle.class.getName());
  private static final List<Throwable> UNEXPECTED = new CopyOnWriteArrayList<>();
  private static @Nullable RawMqtt good;
  private static byte[] batch = {};

  @BeforeAll
  static void start() throws Exception {
    THROWN.setLevel(Level.FINE);
    THROWN.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            if (record.getThrown() != null && !(record.getThrown() instanceof IOException)) {
              UNEXPECTED.add(record.getThrown());
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
    LISTENER.start();
    batch = Batches.readings("good", 0, 1);
  }

  @AfterAll
  static void stop() throws Exception {
    if (good != null) {
      good.close();
    }
    LISTENER.close();
    INTAKE.close();
    VERTX.close().toCompletionStage().toCompletableFuture().get();
  }

  private static MqttTls tls() {
    TestAuthority authority = new TestAuthority("fuzz");
    try {
      return new MqttTls(
          new OwnCredential(authority.credential(new Identity(Role.GATEWAY, "g1"))),
          new Devices(authority.trust(), () -> Bars.NONE, Clock.systemUTC()),
          new Passwords(
              new PasswordSettings(100, 100, 100),
              new Secrets(() -> Secrets.Known.of(AccessList.EMPTY)),
              Clock.systemUTC()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @FuzzTest
  void isServed(byte[] bytes) throws Exception {
    try (SilentCloseable allowed = BugDetectors.allowNetworkConnections();
        RawMqtt mqtt = new RawMqtt(LISTENER.port(), 5)) {
      if (good == null) {
        // Not before: Jazzer is not there yet, and forbids it.
        good = RawMqtt.connected(LISTENER.port(), 4, "good");
      }
      send(mqtt, bytes);
      Packet packet = mqtt.read();
      while (packet.type() != RawMqtt.CLOSED) {
        packet = mqtt.read();
      }
      shakeHands(bytes);
    }
    assertGoodDeviceIsServed();
    if (!UNEXPECTED.isEmpty()) {
      throw new AssertionError("thrown where nobody handles it", UNEXPECTED.remove(0));
    }
  }

  /** The same to the port with TLS, which says no more than an alert. */
  private static void shakeHands(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), LISTENER.tlsPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes().length).isLessThan(4_096);
    } catch (SocketException e) {
      // Hung up with bytes unread, as it may.
      assertThat(e).isNotNull();
    }
  }

  private static void assertGoodDeviceIsServed() throws IOException {
    if (good == null) {
      throw new IllegalStateException("not connected");
    }
    good.publish(1, "devices/good/telemetry", batch);
    assertThat(good.read().type()).isEqualTo(RawMqtt.PUBACK);
  }

  private static void send(RawMqtt mqtt, byte[] bytes) {
    try {
      mqtt.raw(bytes);
      mqtt.end();
    } catch (IOException e) {
      // Hung up already, as it may.
      assertThat(e).isNotNull();
    }
  }
}
