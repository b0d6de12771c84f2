package io.tidemark.sim.rogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.sim.rogue.RawGateway.Answer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rogues against plain sockets that answer as a test says. */
@Timeout(60)
class RoguesTest {
  private static final Duration OFTEN = Duration.ofMillis(10);
  private static final Duration PATIENT = Duration.ofSeconds(30);

  private static RogueSettings settings(
      URI gateway, RogueKind kind, int count, Duration every, int socketsMax, Duration patience) {
    return new RogueSettings(
        List.of(gateway),
        List.of(new RogueGroup(kind, count, every)),
        "",
        7,
        List.of("sim-00001"),
        socketsMax,
        patience);
  }

  /** What one kind came to, once that is as it should be. */
  private static RogueSums sums(RogueSettings settings, Predicate<RogueSums> until) {
    try (Rogues rogues = new Rogues(settings)) {
      rogues.start();
      await().until(() -> until.test(rogues.sums().get(0)));
      rogues.close();
      RogueSums sums = rogues.sums().get(0);
      assertThat(sums.attempts())
          .isEqualTo(
              sums.refusedInAll()
                  + sums.disconnected()
                  + sums.ignored()
                  + sums.accepted()
                  + sums.unreachable()
                  + sums.stillConnected());
      return sums;
    }
  }

  @Test
  void refusalsAreCountedByTheirCode() throws Exception {
    try (RawGateway gateway = new RawGateway(Answer.PUBACK_REFUSES)) {
      RogueSums sums =
          sums(
              settings(gateway.url(), RogueKind.MALFORMED, 2, OFTEN, 100, PATIENT),
              s -> s.refused().getOrDefault("0x99", 0L) >= 5);
      assertThat(sums.kind()).isEqualTo(RogueKind.MALFORMED);
      assertThat(sums.rogues()).isEqualTo(2);
      assertThat(sums.refused()).containsOnlyKeys("0x99");
      assertThat(gateway.clientIds())
          .filteredOn(id -> id.startsWith("rogue-"))
          .isNotEmpty()
          .allMatch(id -> id.matches("rogue-malformed-00[12]-\\d+"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = RogueKind.class,
      names = {"MALFORMED", "OVERSIZED", "WRONG_TOPIC"})
  void whoTakesThemForRightIsFoundOut(RogueKind kind) throws Exception {
    try (RawGateway gateway = new RawGateway(Answer.TAKES_ALL)) {
      RogueSums sums =
          sums(settings(gateway.url(), kind, 1, OFTEN, 100, PATIENT), s -> s.accepted() >= 3);
      assertThat(sums.refused()).isEmpty();
      assertThat(sums.firstAccepted()).matches("[0-9a-f]+.* was answered .*0x00");
    }
  }

  @Test
  void whatIsHungUpOnAndWhatIsNotAnsweredIsCounted() throws Exception {
    try (RawGateway gateway = new RawGateway(Answer.HANGS_UP)) {
      sums(
          settings(gateway.url(), RogueKind.WRONG_TOPIC, 1, OFTEN, 100, PATIENT),
          s -> s.disconnected() >= 3);
    }
    try (RawGateway gateway = new RawGateway(Answer.NONE)) {
      RogueSums sums =
          sums(
              settings(gateway.url(), RogueKind.WRONG_TOPIC, 1, OFTEN, 100, Duration.ofMillis(50)),
              s -> s.ignored() >= 3);
      assertThat(sums.disconnected()).isZero();
    }
  }

  @Test
  void aGatewayThatIsAwayIsUnreachable() throws Exception {
    int port;
    try (ServerSocket taken = new ServerSocket(0)) {
      port = taken.getLocalPort();
    }
    URI nobody = URI.create("tcp://127.0.0.1:" + port);
    sums(settings(nobody, RogueKind.FLOOD, 1, OFTEN, 100, PATIENT), s -> s.unreachable() >= 3);
  }

  @Test
  void oneThatAnswersNoConnectionIsUnreachableTooAndIgnoresNobody() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1);
        Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
        Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
      URI gateway = URI.create("tcp://127.0.0.1:" + full.getLocalPort());
      RogueSums sums =
          sums(
              settings(gateway, RogueKind.WRONG_TOPIC, 1, OFTEN, 100, Duration.ofMillis(200)),
              s -> s.unreachable() + s.ignored() >= 2);
      assertThat(sums.ignored()).as("%s %s", first, second).isZero();
    }
  }

  @Test
  void aFloodOpensNoMoreThanItMay() throws Exception {
    try (RawGateway gateway = new RawGateway(Answer.NONE)) {
      RogueSums sums =
          sums(
              settings(gateway.url(), RogueKind.FLOOD, 3, OFTEN, 20, PATIENT),
              s -> s.stillConnected() == 20 && gateway.open() == 20);
      assertThat(sums.attempts()).isEqualTo(20);
      await().untilAsserted(() -> assertThat(gateway.open()).as("after the end").isZero());
    }
  }

  @Test
  void aRogueActsNoFasterThanItMay() throws Exception {
    try (RawGateway gateway = new RawGateway(Answer.HANGS_UP)) {
      long began = System.nanoTime();
      RogueSums sums =
          sums(
              settings(gateway.url(), RogueKind.FLOOD, 1, Duration.ofMillis(40), 100, PATIENT),
              s -> s.attempts() >= 10);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
      assertThat(sums.attempts()).isLessThanOrEqualTo(millis / 40 + 1);
    }
  }

  @Test
  void aSlowReaderSendsUntilThereIsNoRoomAndReadsNothing() throws Exception {
    try (RawGateway gateway = new RawGateway(Answer.ANSWERS_PINGS)) {
      RogueSums sums =
          sums(
              settings(gateway.url(), RogueKind.SLOW_READER, 1, OFTEN, 100, PATIENT),
              s -> gateway.isStuck());
      assertThat(sums.attempts()).isEqualTo(1);
      assertThat(sums.stillConnected()).isEqualTo(1);
    }
  }

  @Test
  void overCoapAnswersAreCountedToo() throws Exception {
    assertThat(answeredOverCoap(RogueKind.MALFORMED, 0x80).refused()).containsOnlyKeys("4.00");
    assertThat(answeredOverCoap(RogueKind.WRONG_TOPIC, 0x44).firstAccepted()).contains("2.04");
    RogueSums endless = answeredOverCoap(RogueKind.OVERSIZED, 0x5f);
    assertThat(endless.firstAccepted()).as("whatever came, it was to go on").contains("2.31");
  }

  /** Against one that gives everybody the same answer. */
  private static RogueSums answeredOverCoap(RogueKind kind, int code) throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      Thread answering =
          new Thread(
              () -> {
                DatagramPacket packet = new DatagramPacket(new byte[1 << 16], 1 << 16);
                try {
                  while (true) {
                    socket.receive(packet);
                    byte[] answer = {0x60, (byte) code, 0, 0};
                    socket.send(new DatagramPacket(answer, 4, packet.getSocketAddress()));
                  }
                } catch (java.io.IOException e) {
                  assertThat(socket.isClosed()).isTrue();
                }
              });
      answering.start();
      URI url = URI.create("coap://127.0.0.1:" + socket.getLocalPort());
      return sums(
          settings(url, kind, 1, OFTEN, 100, PATIENT), s -> s.refusedInAll() + s.accepted() >= 10);
    }
  }

  @Test
  void groupsOfOneKindAreOneLineAndHaveNamesOfTheirOwn() {
    RogueSettings settings =
        new RogueSettings(
            List.of(URI.create("tcp://127.0.0.1:1")),
            List.of(
                new RogueGroup(RogueKind.FLOOD, 2, OFTEN),
                new RogueGroup(RogueKind.MALFORMED, 1, OFTEN),
                new RogueGroup(RogueKind.FLOOD, 3, OFTEN)),
            "",
            7,
            List.of(),
            10,
            PATIENT);
    try (Rogues rogues = new Rogues(settings)) {
      assertThat(rogues.sums())
          .extracting(s -> Map.entry(s.kind(), s.rogues()))
          .containsExactly(Map.entry(RogueKind.MALFORMED, 1), Map.entry(RogueKind.FLOOD, 5));
    }
  }
}
