package io.tidemark.sim.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.relay.RelaySums.Passage;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Datagrams through a relay: both ends are plain sockets in the hands of the test. */
@Timeout(60)
@NullUnmarked
class RelayUdpTest {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final Duration PATIENCE = Duration.ofMillis(PATIENCE_MILLIS);

  private final List<AutoCloseable> opened = new ArrayList<>();
  private ManualClock clock = new ManualClock();
  private DatagramSocket gateway;
  private DatagramSocket device;
  private Relay relay;

  @BeforeEach
  void listen() throws IOException {
    gateway = socket();
    device = socket();
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  @Test
  void datagramsAreAnsweredToTheClientTheyCameFrom() throws Exception {
    relay("latency 0s");
    DatagramSocket other = socket();
    send(device, "from one");
    SocketAddress one = receive(gateway, "from one");
    send(other, "from other");
    SocketAddress two = receive(gateway, "from other");
    assertThat(one).isNotEqualTo(two);
    answer(two, "to other");
    answer(one, "to one");
    receive(other, "to other");
    receive(device, "to one");
    assertThat(relay.sums().clients()).isEqualTo(2);
  }

  @Test
  void largeDatagramsPassWhole() throws Exception {
    relay("latency 0s");
    String large = "x".repeat(60_000);
    send(device, large);
    receive(gateway, large);
  }

  @Test
  void whatIsLostAndDoubledIsCountedAndTheSeedDecides() throws Exception {
    relay("loss 20%", "duplicate 10%");
    List<String> first = sendNumbers(1_000);
    Passage sums = up();
    assertThat(sums.received()).isEqualTo(1_000);
    assertThat(sums.passed()).isEqualTo(first.size());
    assertThat(sums.received() + sums.duplicated()).isEqualTo(sums.passed() + sums.lostInAll());
    assertThat(sums.lost()).containsOnlyKeys(LostBy.LOSS);
    assertThat(sums.lostInAll()).isBetween(150L, 250L);
    assertThat(sums.duplicated()).isBetween(50L, 110L);
    assertThat(new HashSet<>(first)).hasSize((int) (1_000 - sums.lostInAll()));

    relay.close();
    relay("loss 20%", "duplicate 10%");
    assertThat(sendNumbers(1_000)).isEqualTo(first);
  }

  @Test
  void jitterLetsDatagramsOvertakeEachOtherAsTheSeedSays() throws Exception {
    List<String> first = jittered();
    assertThat(first)
        .hasSize(50)
        .doesNotHaveDuplicates()
        .isNotEqualTo(first.stream().sorted().toList());
    assertThat(jittered()).isEqualTo(first);
  }

  @Test
  void whatIsHeldBackIsOvertaken() throws Exception {
    relay("reorder 30%");
    for (int i = 0; i < 50; i++) {
      send(device, "%03d".formatted(i));
    }
    await().atMost(PATIENCE).until(() -> up().received() == 50);
    long late = up().waiting();
    assertThat(late).isBetween(5L, 25L);
    List<String> came = new ArrayList<>();
    for (int i = 0; i < 50 - late; i++) {
      came.add(receive(gateway));
    }
    clock.pass(Duration.ofMillis(99));
    assertThat(up().waiting()).isEqualTo(late);
    clock.pass(Duration.ofMillis(1));
    for (int i = 0; i < late; i++) {
      came.add(receive(gateway));
    }
    assertThat(came).doesNotHaveDuplicates().isNotEqualTo(came.stream().sorted().toList());
  }

  @Test
  void whatTheLinkLosesIsCountedByReason() throws Exception {
    relay(
        "cut for 1s at 1s",
        "half-open down for 1s at 3s",
        "half-open up for 1s at 5s",
        "refuse for 1s at 7s");
    exchange();
    clock.pass(Duration.ofSeconds(1));
    loses(LostBy.CUT, 1);
    clock.pass(Duration.ofSeconds(2));
    send(device, "up");
    answer(receive(gateway, "up"), "lost");
    await().atMost(PATIENCE).until(() -> down().lost().equals(Map.of(LostBy.HALF_OPEN, 1L)));
    clock.pass(Duration.ofSeconds(2));
    loses(LostBy.HALF_OPEN, 1);
    clock.pass(Duration.ofSeconds(2));
    exchange();
    device = socket();
    loses(LostBy.REFUSED, 1);
    clock.pass(Duration.ofSeconds(1));
    exchange();
    Passage up = up();
    assertThat(up.received()).isEqualTo(up.passed() + 3);
  }

  @Test
  void aCutLosesWhatIsOnItsWay() throws Exception {
    relay("latency 10s", "cut for 1s at 1s");
    send(device, "on its way");
    await().atMost(PATIENCE).until(() -> up().waiting() == 1);
    clock.pass(Duration.ofSeconds(1));
    await().atMost(PATIENCE).until(() -> up().lost().equals(Map.of(LostBy.CUT, 1L)));
  }

  @Test
  void aSilentCutForgetsAddresses() throws Exception {
    relay("silent-cut for 1s at 1s");
    send(device, "before");
    SocketAddress before = receive(gateway, "before");
    clock.pass(Duration.ofSeconds(1));
    loses(LostBy.CUT, 1);
    clock.pass(Duration.ofSeconds(1));
    send(device, "after");
    assertThat(receive(gateway, "after")).isNotEqualTo(before);
  }

  @Test
  void aFrozenLinkGoesOnWithWhatFits() throws Exception {
    relay("freeze for 10s at 1s");
    exchange();
    clock.pass(Duration.ofSeconds(1));
    int size = 1_000;
    int fit = RelayLimits.DEFAULT.waitingMaxBytes() / (size + 128);
    for (int i = 0; i < fit + 5; i++) {
      send(device, ("%03d".formatted(i) + " ").repeat(size / 4));
    }
    await().atMost(PATIENCE).until(() -> up().received() == fit + 5 + 1);
    assertThat(up().waiting()).isEqualTo(fit);
    assertThat(up().lost()).isEqualTo(Map.of(LostBy.FULL, 5L));
    clock.pass(Duration.ofSeconds(10));
    for (int i = 0; i < fit; i++) {
      assertThat(receive(gateway)).startsWith("%03d".formatted(i));
    }
  }

  @Test
  void aClientMoreThanThereMayBeIsNotHeardUntilOneIsForgotten() throws Exception {
    RelayLimits limits = new RelayLimits(1, 1, Duration.ofSeconds(60), 64 << 10);
    relay(limits, "latency 0s");
    exchange();
    DatagramSocket first = device;
    device = socket();
    loses(LostBy.CLIENTS, 1);
    clock.pass(Duration.ofSeconds(50));
    loses(LostBy.CLIENTS, 2);
    clock.pass(Duration.ofSeconds(30));
    assertThat(relay.sums().clients()).isZero();
    exchange();
    device = first;
    loses(LostBy.CLIENTS, 3);
  }

  /** 50 datagrams with jitter, as they arrive. */
  private List<String> jittered() throws Exception {
    clock = new ManualClock();
    relay("latency 10ms jitter 50ms");
    for (int i = 0; i < 50; i++) {
      send(device, "%03d".formatted(i));
    }
    await().atMost(PATIENCE).until(() -> up().waiting() == 50);
    clock.pass(Duration.ofMillis(60));
    List<String> came = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      came.add(receive(gateway));
    }
    relay.close();
    return came;
  }

  /** Sends numbers, few at a time so that the systems' buffers hold them. */
  private List<String> sendNumbers(int count) throws Exception {
    List<String> came = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      send(device, "%04d".formatted(i));
      int sent = i + 1;
      if (sent % 50 == 0) {
        await()
            .pollInterval(Duration.ofMillis(1))
            .atMost(PATIENCE)
            .until(() -> up().received() == sent && up().waiting() == 0);
        while (came.size() < up().passed()) {
          came.add(receive(gateway));
        }
      }
    }
    return came;
  }

  private void exchange() throws IOException {
    send(device, "ping");
    answer(receive(gateway, "ping"), "pong");
    receive(device, "pong");
  }

  /** Sends one, which is the n-th to be lost so. */
  private void loses(LostBy reason, long n) throws IOException {
    send(device, "lost");
    await().atMost(PATIENCE).until(() -> up().lost().getOrDefault(reason, 0L) == n);
  }

  private Passage up() {
    return relay.sums().datagrams().get(Direction.UP);
  }

  private Passage down() {
    return relay.sums().datagrams().get(Direction.DOWN);
  }

  private void relay(String... faults) throws IOException {
    relay(RelayLimits.DEFAULT, faults);
  }

  private void relay(RelayLimits limits, String... faults) throws IOException {
    FaultPlan plan = new FaultPlan(Stream.of(faults).map(FaultSyntax::parse).toList(), 7);
    Route route = Route.of("0", URI.create("coap://127.0.0.1:" + gateway.getLocalPort()));
    relay = Relay.start(List.of(route), plan, clock, limits, FaultListener.NONE);
    opened.add(relay);
  }

  private DatagramSocket socket() throws IOException {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    socket.setSoTimeout(PATIENCE_MILLIS);
    opened.add(socket);
    return socket;
  }

  private void send(DatagramSocket from, String text) throws IOException {
    send(from, relay.address(), text);
  }

  private void answer(SocketAddress to, String text) throws IOException {
    send(gateway, to, text);
  }

  private static void send(DatagramSocket from, SocketAddress to, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    from.send(new DatagramPacket(bytes, bytes.length, to));
  }

  private static String receive(DatagramSocket socket) throws IOException {
    return text(packet(socket));
  }

  private static SocketAddress receive(DatagramSocket socket, String text) throws IOException {
    DatagramPacket packet = packet(socket);
    assertThat(text(packet)).isEqualTo(text);
    return packet.getSocketAddress();
  }

  private static DatagramPacket packet(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    socket.receive(packet);
    return packet;
  }

  private static String text(DatagramPacket packet) {
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }
}
