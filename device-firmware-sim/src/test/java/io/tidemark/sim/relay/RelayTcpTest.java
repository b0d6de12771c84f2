package io.tidemark.sim.relay;

import static io.tidemark.sim.relay.ConnectionEnd.CLOSED;
import static io.tidemark.sim.relay.ConnectionEnd.CUT;
import static io.tidemark.sim.relay.ConnectionEnd.HALF_OPEN;
import static io.tidemark.sim.relay.ConnectionEnd.LIMIT;
import static io.tidemark.sim.relay.ConnectionEnd.REFUSED;
import static io.tidemark.sim.relay.ConnectionEnd.UNREACHABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.relay.RelaySums.Passage;
import io.tidemark.sim.times.Words;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections through a relay: both ends are plain sockets in the hands of the test. */
@Timeout(60)
@NullUnmarked
class RelayTcpTest {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final Duration PATIENCE = Duration.ofMillis(PATIENCE_MILLIS);

  private final ManualClock clock = new ManualClock();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private ServerSocket gateway;
  private Relay relay;

  @BeforeEach
  void listen() throws IOException {
    gateway = opened(new ServerSocket(0, 2_000, InetAddress.getLoopbackAddress()));
    gateway.setSoTimeout(PATIENCE_MILLIS);
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    workers.shutdownNow();
  }

  @Test
  void bytesPassWholeAndInOrderBothWaysWhateverTheirSizes() throws Exception {
    relay(RelayClock.system(), "latency 1ms jitter 3ms", "bandwidth 200Mbit");
    Random random = new Random(7);
    for (int i = 0; i < 12; i++) {
      Socket device = connect();
      Socket answer = gateway.accept();
      CompletableFuture<Void> up = transfer(device, answer, random.nextLong());
      CompletableFuture<Void> down = transfer(answer, device, random.nextLong());
      up.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      down.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }
    await().atMost(PATIENCE).until(() -> relay.sums().open() == 0);
    assertThat(relay.sums().ended()).containsOnlyKeys(CLOSED);
    Passage up = bytes(Direction.UP);
    assertThat(up.passed()).isEqualTo(up.received()).isPositive();
    assertThat(up.lost()).isEmpty();
  }

  @Test
  void bytesTakeAsLongAsTheLatency() throws Exception {
    relay("latency 100ms");
    Socket device = connect();
    Socket answer = gateway.accept();
    send(device, "hello");
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() == 5);
    clock.pass(Duration.ofMillis(99));
    assertThat(bytes(Direction.UP).passed()).isZero();
    clock.pass(Duration.ofMillis(1));
    assertThat(receive(answer, 5)).isEqualTo("hello");
  }

  @Test
  void bandwidthIsWhatItTakesToPutThemOnTheLink() throws Exception {
    relay("bandwidth 8kbit");
    Socket device = connect();
    Socket answer = gateway.accept();
    send(device, "x".repeat(600));
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() == 600);
    send(device, "y".repeat(400));
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() == 1_000);
    clock.pass(Duration.ofMillis(600));
    assertThat(receive(answer, 600)).endsWith("x");
    clock.pass(Duration.ofMillis(399));
    assertThat(bytes(Direction.UP).waiting()).isEqualTo(400);
    clock.pass(Duration.ofMillis(1));
    assertThat(receive(answer, 400)).endsWith("y");
  }

  @Test
  void whenItsFaultsAreEndedItIsAGoodLinkForGood() throws Exception {
    relay("freeze", "cut for 1s every 5s");
    Socket device = connect();
    Socket answer = gateway.accept();
    send(device, "hello");
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() == 5);
    assertThat(log).containsExactly("+ freeze 0s");

    relay.endFaults();
    assertThat(receive(answer, 5)).isEqualTo("hello");
    assertThat(log).hasSize(2).last().asString().startsWith("- freeze");
    clock.pass(Duration.ofSeconds(30));
    assertThat(log).hasSize(2);
    send(answer, "hi");
    assertThat(receive(device, 2)).isEqualTo("hi");
  }

  @Test
  void aReaderThatIsSlowStopsTheSenderAndWhatWaitsIsBounded() throws Exception {
    relay("latency 0s");
    Socket device = connect();
    Socket answer = gateway.accept();
    int length = 48 << 20;
    CompletableFuture<?> sent = async(() -> sendSeeded(device, 3, length));
    int bound = RelayLimits.DEFAULT.waitingMaxBytes();
    // Nobody reads: the systems' buffers fill up, then the relay's.
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() >= bound / 2);
    long received = bytes(Direction.UP).received();
    assertThat(received).isLessThan(length);
    assertThat(bytes(Direction.UP).waiting()).isLessThanOrEqualTo(bound + 4_096);
    receiveSeeded(answer, 3, length);
    sent.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() == 0);
    assertThat(bytes(Direction.UP).passed()).isEqualTo(length);
  }

  @Test
  void whatWaitsForTheLatencyIsBoundedToo() throws Exception {
    relay("latency 10s");
    Socket device = connect();
    gateway.accept();
    int bound = RelayLimits.DEFAULT.waitingMaxBytes();
    CompletableFuture<?> sending = async(() -> sendSeeded(device, 3, 48 << 20));
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() >= bound / 2);
    assertThat(bytes(Direction.UP).received()).isLessThanOrEqualTo(bound + 4_096);
    assertThat(sending).isNotDone();
  }

  @Test
  void aCutResetsEveryConnectionAndNewOnesUntilItIsOver() throws Exception {
    relay("cut for 10s at 5s");
    Socket device = connect();
    Socket answer = gateway.accept();
    clock.pass(Duration.ofSeconds(5));
    assertReset(device);
    assertReset(answer);
    assertReset(connect());
    clock.pass(Duration.ofSeconds(10));
    exchange(connect(), gateway.accept());
    assertThat(relay.sums().ended()).containsEntry(CUT, 1L).containsEntry(REFUSED, 1L);
    assertThat(log).containsExactly("+ cut 5s", "- cut 15s");
  }

  @Test
  void aFlappingLinkIsUpInBetween() throws Exception {
    relay("cut for 1s every 3s at 2s until 8s");
    for (int i = 0; i < 2; i++) {
      Socket device = connect();
      exchange(device, gateway.accept());
      clock.pass(Duration.ofSeconds(2));
      assertReset(device);
      clock.pass(Duration.ofSeconds(1));
    }
    exchange(connect(), gateway.accept());
    clock.pass(Duration.ofSeconds(60));
    assertThat(relay.sums().ended()).containsExactly(java.util.Map.entry(CUT, 2L));
  }

  @Test
  void aSilentCutTellsNobodyAndWhatWasThereStaysDead() throws Exception {
    relay("silent-cut for 10s at 5s");
    Socket device = connect();
    Socket answer = gateway.accept();
    exchange(device, answer);
    clock.pass(Duration.ofSeconds(5));
    Socket during = connect();
    send(during, "into the void");
    send(device, "lost");
    await().atMost(PATIENCE).until(() -> lost(Direction.UP, LostBy.CUT) == 17);
    clock.pass(Duration.ofSeconds(10));
    send(answer, "lost too");
    await().atMost(PATIENCE).until(() -> lost(Direction.DOWN, LostBy.CUT) == 8);
    exchange(connect(), gateway.accept());
    // One side ends it, and the other does not hear of it.
    device.close();
    during.close();
    await().atMost(PATIENCE).until(() -> relay.sums().open() == 2);
    send(answer, "still here");
    await().atMost(PATIENCE).until(() -> lost(Direction.DOWN, LostBy.CUT) == 18);
    answer.close();
    await().atMost(PATIENCE).until(() -> relay.sums().open() == 1);
    assertThat(relay.sums().ended()).containsOnlyKeys(CLOSED);
  }

  @Test
  void anEndThatASilentCutSwallowsOnItsWayLeavesNothingBehind() throws Exception {
    relay("latency 10s", "silent-cut for 1s at 1s");
    Socket device = connect();
    Socket answer = gateway.accept();
    send(device, "x");
    device.shutdownOutput();
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() == 1);
    clock.pass(Duration.ofSeconds(1));
    await().atMost(PATIENCE).until(() -> lost(Direction.UP, LostBy.CUT) == 1);
    answer.close();
    await().atMost(PATIENCE).until(() -> relay.sums().open() == 0);
  }

  @Test
  void halfOpenSwallowsOneDirectionAndResetsAtTheEndWhatLostBytes() throws Exception {
    relay("half-open up for 10s at 5s");
    Socket device = connect();
    Socket answer = gateway.accept();
    Socket quiet = connect();
    Socket quietAnswer = gateway.accept();
    clock.pass(Duration.ofSeconds(5));
    send(device, "swallowed");
    await().atMost(PATIENCE).until(() -> lost(Direction.UP, LostBy.HALF_OPEN) == 9);
    send(answer, "arrives");
    assertThat(receive(device, 7)).isEqualTo("arrives");
    clock.pass(Duration.ofSeconds(10));
    assertReset(device);
    assertReset(answer);
    exchange(quiet, quietAnswer);
    assertThat(relay.sums().ended()).containsExactly(java.util.Map.entry(HALF_OPEN, 1L));
    assertThat(bytes(Direction.UP).passed()).isEqualTo(4);
  }

  @Test
  void halfOpenDownAndAnEndThatIsNotHeardOf() throws Exception {
    relay("half-open down for 10s at 5s");
    Socket device = connect();
    Socket answer = gateway.accept();
    clock.pass(Duration.ofSeconds(5));
    send(device, "ping");
    assertThat(receive(answer, 4)).isEqualTo("ping");
    answer.close();
    send(device, "ping");
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).received() == 8);
    assertThat(relay.sums().open()).isEqualTo(1);
    clock.pass(Duration.ofSeconds(10));
    assertReset(device);
  }

  @Test
  void refusingLeavesWhatIsThereAlone() throws Exception {
    relay("refuse for 10s at 5s");
    Socket device = connect();
    Socket answer = gateway.accept();
    clock.pass(Duration.ofSeconds(5));
    assertReset(connect());
    exchange(device, answer);
    clock.pass(Duration.ofSeconds(10));
    exchange(connect(), gateway.accept());
    assertThat(relay.sums().ended()).containsExactly(java.util.Map.entry(REFUSED, 1L));
  }

  @Test
  void aFrozenLinkGoesOnWithEverything() throws Exception {
    relay("freeze for 10s at 5s");
    Socket device = connect();
    Socket answer = gateway.accept();
    clock.pass(Duration.ofSeconds(5));
    Socket during = connect();
    Socket duringAnswer = gateway.accept();
    send(device, "one");
    send(during, "two");
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).waiting() == 6);
    clock.pass(Duration.ofSeconds(9));
    assertThat(bytes(Direction.UP).passed()).isZero();
    clock.pass(Duration.ofSeconds(1));
    assertThat(receive(answer, 3)).isEqualTo("one");
    assertThat(receive(duringAnswer, 3)).isEqualTo("two");
  }

  @Test
  void whatOneSideEndsInOrderIsAnsweredToTheEnd() throws Exception {
    relay("latency 10ms");
    Socket device = connect();
    Socket answer = gateway.accept();
    send(device, "question");
    device.shutdownOutput();
    clock.pass(Duration.ofSeconds(1));
    await().atMost(PATIENCE).until(() -> bytes(Direction.UP).received() == 8);
    clock.pass(Duration.ofSeconds(1));
    assertThat(receive(answer, 8)).isEqualTo("question");
    CompletableFuture<Integer> end = async(() -> read(answer));
    passUntil(end::isDone);
    assertThat(end.get()).isEqualTo(-1);
    send(answer, "answer");
    answer.close();
    CompletableFuture<String> rest = async(() -> receive(device, 6) + read(device));
    passUntil(rest::isDone);
    assertThat(rest.get()).isEqualTo("answer-1");
    await().atMost(PATIENCE).until(() -> relay.sums().open() == 0);
  }

  @Test
  void aResetIsPassedOn() throws Exception {
    relay("latency 0s");
    Socket device = connect();
    Socket answer = gateway.accept();
    exchange(device, answer);
    device.setSoLinger(true, 0);
    device.close();
    assertReset(answer);
    await().atMost(PATIENCE).until(() -> relay.sums().open() == 0);
  }

  @Test
  void changesComeInOrderHoweverLate() throws Exception {
    relay("cut for 1s at 1s", "freeze for 4s at 1500ms");
    Socket device = connect();
    gateway.accept();
    clock.leap(Duration.ofSeconds(60));
    assertReset(device);
    assertThat(log).containsExactly("+ cut 1s", "+ freeze 1500ms", "- cut 2s", "- freeze 5500ms");
  }

  @Test
  void oneConnectionMoreThanThereMayBeIsReset() throws Exception {
    RelayLimits limits = new RelayLimits(2, 1, Duration.ofMinutes(1), 1_024);
    relay(clock, limits, "latency 0s");
    Socket one = connect();
    Socket oneAnswer = gateway.accept();
    exchange(one, oneAnswer);
    exchange(connect(), gateway.accept());
    assertReset(connect());
    one.close();
    oneAnswer.close();
    await().atMost(PATIENCE).until(() -> relay.sums().open() == 1);
    exchange(connect(), gateway.accept());
    assertThat(relay.sums().ended()).containsEntry(LIMIT, 1L);
  }

  @Test
  void aGatewayThatIsAwayIsAResetToTheDevice() throws Exception {
    relay("latency 0s");
    gateway.close();
    assertReset(connect());
    assertThat(relay.sums().ended()).containsExactly(java.util.Map.entry(UNREACHABLE, 1L));
  }

  @Test
  void aThousandConnectionsAtOnce() throws Exception {
    relay(RelayClock.system(), "latency 20ms jitter 20ms");
    List<Socket> devices = new ArrayList<>();
    List<Socket> answers = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      devices.add(connect());
      send(devices.get(i), "%04d".formatted(i));
      answers.add(opened(gateway.accept()));
    }
    for (Socket answer : answers) {
      answer.setSoTimeout(PATIENCE_MILLIS);
      send(answer, receive(answer, 4));
    }
    for (int i = 0; i < devices.size(); i++) {
      assertThat(receive(devices.get(i), 4)).isEqualTo("%04d".formatted(i));
    }
    assertThat(relay.sums().open()).isEqualTo(1_000);
    relay.close();
    assertThat(relay.sums().ended()).containsExactly(java.util.Map.entry(CLOSED, 1_000L));
  }

  @Test
  void aPortThatIsTakenIsAnError() {
    InetSocketAddress taken = (InetSocketAddress) gateway.getLocalSocketAddress();
    assertThatThrownBy(
            () ->
                Relay.start(
                    List.of(new Route(taken, URI.create("tcp://127.0.0.1:1"))),
                    FaultPlan.NONE,
                    clock,
                    RelayLimits.DEFAULT,
                    FaultListener.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot listen on");
  }

  private void relay(String... faults) throws IOException {
    relay(clock, faults);
  }

  private void relay(RelayClock time, String... faults) throws IOException {
    relay(time, RelayLimits.DEFAULT, faults);
  }

  private void relay(RelayClock time, RelayLimits limits, String... faults) throws IOException {
    FaultPlan plan = new FaultPlan(Stream.of(faults).map(FaultSyntax::parse).toList(), 7);
    Route route = Route.of("0", URI.create("tcp://127.0.0.1:" + gateway.getLocalPort()));
    FaultListener listener =
        new FaultListener() {
          @Override
          public void began(Fault fault) {
            log.add("+ " + fault.effect().name() + " " + Words.text(fault.from()));
          }

          @Override
          public void ended(Fault fault) {
            log.add("- " + fault.effect().name() + " " + Words.text(fault.until()));
          }
        };
    relay = opened(Relay.start(List.of(route), plan, time, limits, listener));
  }

  private Socket connect() throws IOException {
    Socket socket = opened(new Socket());
    socket.connect(relay.address());
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  private Passage bytes(Direction direction) {
    return relay.sums().bytes().get(direction);
  }

  private long lost(Direction direction, LostBy reason) {
    return bytes(direction).lost().getOrDefault(reason, 0L);
  }

  /** Time passes a little at a time, until it is so. */
  private void passUntil(Callable<Boolean> so) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              clock.pass(Duration.ofMillis(10));
              return so.call();
            });
  }

  private static void exchange(Socket device, Socket answer) throws IOException {
    send(device, "ping");
    assertThat(receive(answer, 4)).isEqualTo("ping");
    send(answer, "pong");
    assertThat(receive(device, 4)).isEqualTo("pong");
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> read(socket))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  private static int read(Socket socket) throws IOException {
    return socket.getInputStream().read();
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String receive(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
  }

  /** Sends up to 300,000 bytes in pieces of random sizes, and the end; all of it must come. */
  private CompletableFuture<Void> transfer(Socket from, Socket to, long seed) {
    int length = new Random(seed).nextInt(300_000);
    CompletableFuture<?> sent =
        async(
            () -> {
              sendSeeded(from, seed, length);
              from.shutdownOutput();
              return length;
            });
    CompletableFuture<?> received =
        async(
            () -> {
              receiveSeeded(to, seed, length);
              assertThat(read(to)).isEqualTo(-1);
              return length;
            });
    return CompletableFuture.allOf(sent, received);
  }

  private static int sendSeeded(Socket socket, long seed, int length) throws IOException {
    Random sizes = new Random(seed + 1);
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    for (int at = 0; at < length; ) {
      int size = Math.min(length - at, 1 + sizes.nextInt(20_000));
      socket.getOutputStream().write(bytes, at, size);
      at += size;
    }
    return length;
  }

  private static void receiveSeeded(Socket socket, long seed, int length) throws IOException {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    byte[] came = socket.getInputStream().readNBytes(length);
    assertThat(Arrays.equals(came, bytes)).as("the same %d bytes", length).isTrue();
  }

  private <T> CompletableFuture<T> async(Callable<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return work.call();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        workers);
  }
}
