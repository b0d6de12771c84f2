package io.tidemark.gateway.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.identity.Devices;
import io.tidemark.gateway.identity.Secrets;
import io.tidemark.gateway.intake.IntakeSettings;
import io.tidemark.gateway.intake.LogIntake;
import io.tidemark.gateway.intake.Rates;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.PayloadType;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever comes to the port with DTLS, a good device is answered meanwhile. */
@Timeout(60)
class HostileDtlsTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final int MANY = 3_000;
  private static final int A_BURST = 100;

  private final LogIntake intake =
      new LogIntake(
          new IntakeSettings("g1", 4 << 20, 1 << 20, 4, Duration.ofSeconds(20), Duration.ZERO),
          Rates.ample(),
          new FakeLog(),
          Clock.systemUTC(),
          () -> null);
  private final List<AutoCloseable> clients = new ArrayList<>();
  private final CoapListener listener =
      new CoapListener(
          CoapDtlsTest.settings(),
          intake,
          new CoapDtls(
              new OwnCredential(OURS.credential(new Identity(Role.GATEWAY, "g1"), "127.0.0.1")),
              new Devices(OURS.trust(), () -> Bars.NONE, Clock.systemUTC()),
              new Secrets(() -> Secrets.Known.of(AccessList.EMPTY))));

  @BeforeEach
  void start() throws Exception {
    listener.start();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable client : clients) {
      client.close();
    }
    listener.close();
    intake.close();
  }

  private DtlsClient device(String name) throws IOException {
    DtlsClient client =
        new DtlsClient(OURS.root(), OURS.credential(new Identity(Role.DEVICE, name)));
    clients.add(client);
    return client;
  }

  private CoapResponse post(DtlsClient client, String device, byte[] payload) throws Exception {
    return client.post(
        "coaps://127.0.0.1:" + listener.dtlsPort() + "/devices/" + device + "/telemetry",
        PayloadType.BATCH.contentFormat(),
        payload);
  }

  @Test
  void anothersBatchUnderOnesOwnPathIsRefused() throws Exception {
    CoapResponse refused = post(device("d1"), "d1", Batches.readings("d2", 0, 3));
    assertThat(refused.getCode()).isEqualTo(ResponseCode.FORBIDDEN);
    assertThat(refused.getResponseText()).contains("the batch is of device d2, but was sent as d1");
    assertThat(intake.refusedReadings(Reason.DEVICE_MISMATCH)).isEqualTo(3);
  }

  @Test
  void thousandsThatBeginAndRubbishAreRememberedNowhere() throws Exception {
    DtlsClient good = device("good");
    assertThat(post(good, "good", Batches.readings("good", 0, 1)).getCode())
        .isEqualTo(ResponseCode.CHANGED);
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    byte[] rubbish = new byte[200];
    for (int i = 0; i < MANY; i++) {
      // Each from a port of its own, as if the address were forged: none can send a cookie back.
      try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
        byte[] hello = CoapDtlsTest.hello(0, new byte[0]);
        random.nextBytes(rubbish);
        rubbish[0] = 22; // a handshake's record
        send(socket, hello);
        send(socket, rubbish);
      }
      if (i % A_BURST == 0) {
        assertThat(post(good, "good", Batches.readings("good", 1 + i, 1)).getCode())
            .isEqualTo(ResponseCode.CHANGED);
      }
    }
    assertThat(listener.dtlsHandshakes()).isZero();
    assertThat(listener.dtlsConnections()).as("the good one's").isEqualTo(1);
    assertThat(post(device("d1"), "d1", Batches.readings("d1", 0, 1)).getCode())
        .isEqualTo(ResponseCode.CHANGED);
    await().until(() -> listener.dtlsConnections() == 2);
  }

  private void send(DatagramSocket socket, byte[] bytes) throws IOException {
    socket.send(
        new DatagramPacket(
            bytes, bytes.length, InetAddress.getLoopbackAddress(), listener.dtlsPort()));
  }
}
