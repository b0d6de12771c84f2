package io.tidemark.gateway.coap;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.api.SilentCloseable;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.gateway.Batches;
import io.tidemark.gateway.coap.RawCoap.Message;
import io.tidemark.gateway.intake.IntakeSettings;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.intake.Rates;
import io.tidemark.gateway.replication.FakeLog;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Whatever datagrams come, nothing is thrown, every answer is CoAP, and a good device is answered.
 * The input is datagrams, each behind its length in two bytes.
 */
class CoapListenerFuzz {
  private static final int PING = 65_000;

  /** Over IPv4: 65,535 with the headers of IP and UDP (RFC 791, RFC 768). */
  private static final int DATAGRAM_MAX_BYTES = 65_507;

  private static final LogIntake INTAKE =
      new LogIntake(
          new IntakeSettings("g1", 4 << 20, 1 << 20, 4, Duration.ofSeconds(20), Duration.ZERO),
          Rates.ample(),
          new FakeLog(),
          Clock.systemUTC(),
          () -> null);
  private static final CoapListener LISTENER =
      new CoapListener(
          new CoapSettings(
              "127.0.0.1",
              0,
              0,
              true,
              100,
              100,
              64,
              Duration.ofSeconds(5),
              5_000,
              1 << 20,
              64,
              10_000_000,
              256 << 10),
          INTAKE,
          null);

  private static final LogLines OURS = new LogLines("io.tidemark.gateway.coap");
  private static final LogLines CALIFORNIUM = new LogLines("org.eclipse.californium");

  private static byte[] batch = {};
  private static int posts;

  @BeforeAll
  static void start() throws Exception {
    LISTENER.start();
    batch = Batches.readings("good", 0, 1);
  }

  @AfterAll
  static void stop() throws Exception {
    LISTENER.close();
    INTAKE.close();
    OURS.close();
    CALIFORNIUM.close();
  }

  @FuzzTest
  void isServed(byte[] bytes) throws Exception {
    try (SilentCloseable allowed = BugDetectors.allowNetworkConnections();
        RawCoap coap = new RawCoap(LISTENER.port());
        RawCoap good = new RawCoap(LISTENER.port())) {
      send(coap, bytes);
      Message answer =
          coap.ask(new Message(RawCoap.CON, RawCoap.EMPTY, PING, new byte[0], List.of(), batch(0)));
      while (answer.type() != RawCoap.RST || answer.id() != PING) {
        answer = coap.read();
      }
      posts++;
      Message post =
          Message.post(RawCoap.CON, posts & 0xFFFF, "devices/good/telemetry", batch(batch.length));
      assertThat(good.ask(post).status()).isEqualTo("2.04");
    }
    assertThat(OURS.shown()).isEmpty();
    assertThat(CALIFORNIUM.shown()).isEmpty();
  }

  private static byte[] batch(int bytes) {
    return Arrays.copyOf(batch, bytes);
  }

  private static void send(RawCoap coap, byte[] bytes) throws IOException {
    int at = 0;
    while (at + 2 <= bytes.length) {
      int length = (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
      int end = Math.min(bytes.length, at + 2 + Math.min(length, DATAGRAM_MAX_BYTES));
      coap.raw(Arrays.copyOfRange(bytes, at + 2, end));
      at = end;
    }
  }
}
