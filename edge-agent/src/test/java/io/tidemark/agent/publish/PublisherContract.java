package io.tidemark.agent.publish;

import static io.tidemark.agent.publish.PublishBench.carries;
import static io.tidemark.agent.publish.PublishBench.isStatus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalView;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.ResourceLockTarget;

/**
 * What publishing has to do over every protocol: against a real server of it, over a real journal.
 * A protocol's test extends this and says how its server speaks.
 */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(
    value = PublisherContract.THREADS,
    mode = ResourceAccessMode.READ,
    target = ResourceLockTarget.CHILDREN)
abstract class PublisherContract {
  /** All threads of this process: who looks for what is left of its own has to be alone. */
  static final String THREADS = "threads";

  final PublishBench bench;

  PublisherContract(@TempDir Path dir) throws JournalException {
    this.bench = new PublishBench(dir);
  }

  /** The server of this test, the same at every call. */
  abstract FakeServer server();

  /** One more. */
  abstract FakeServer another();

  /** A batch's content type or format. */
  abstract String batchType();

  /** The code of {@link FakeServer#refuseForGood}. */
  abstract String refusalCode();

  /** How many packets the protocol lets be unanswered, where the publisher would allow so many. */
  abstract int inFlightMax(int window);

  /** What else a gateway may do to what it was sent, that would have been accepted. */
  abstract List<FakeServer.Answer> mischief();

  @AfterEach
  void tearDown() throws Exception {
    bench.close();
    server().close();
  }

  @Test
  void batchesArriveAtTheDevicesAddressWithTheirTypeAndLeaveTheJournal() throws Exception {
    bench.publishTo(server().start().uri());
    bench.batches(3, 2);
    bench.awaitDelivered();

    List<FakeServer.Arrival> readings =
        server().arrivals().stream()
            .filter(arrival -> !arrival.batch().readings().isEmpty())
            .toList();
    assertThat(readings)
        .hasSize(3)
        .allSatisfy(
            arrival -> {
              assertThat(arrival.address()).isEqualTo("devices/pi-1/telemetry");
              assertThat(arrival.type()).isEqualTo(batchType());
            });
    bench.assertNumbersStored(6, server());
  }

  @Test
  void theLargestBatchesArriveToo() throws Exception {
    bench.publishTo(server().start().uri());
    bench.largeBatch(240_000);
    bench.largeBatch(5_000);
    bench.awaitDelivered();
    bench.assertNumbersStored(61, server());
    assertThat(server().arrivals())
        .extracting(arrival -> BatchCodec.encode(arrival.batch()).length)
        .anyMatch(bytes -> bytes > 230_000);
  }

  @Test
  void onConnectingAndAtItsIntervalItSaysWhatItHas() throws Exception {
    bench.statusInterval = Duration.ofMillis(200);
    bench.publishTo(server().start().uri());
    await().until(() -> server().arrivals().size() >= 3);
    assertThat(server().arrivals().get(0).batch().header().kind())
        .isEqualTo(BatchHeader.Kind.STATUS);
    bench.batches(1, 5);
    await()
        .until(
            () ->
                server().arrivals().stream().anyMatch(arrival -> isStatus(arrival.batch(), 5, 5)));
  }

  @Test
  void theWindowBoundsWhatIsInFlightAndNothingLeavesWithoutAnAnswer() throws Exception {
    server().answers(batch -> server().silence());
    bench.window = 5;
    int most = inFlightMax(5);
    bench.batches(12, 1);
    bench.publishTo(server().start().uri());
    await().until(() -> server().arrivals().size() == most);
    await().during(Duration.ofMillis(300)).until(() -> server().arrivals().size() == most);
    assertThat(bench.journal.counts().waiting()).isEqualTo(12);
    assertThat(bench.journal.counts().acknowledged()).isZero();
  }

  @Test
  void aBatchRefusedForGoodIsSetAsideDeclaredAndNotSentAgain() throws Exception {
    server().answers(batch -> carries(batch, 1) ? server().refuseForGood() : server().accept());
    bench.batches(3, 1);
    bench.publishTo(server().start().uri());
    bench.awaitDelivered();

    assertThat(server().arrivals().stream().filter(arrival -> carries(arrival.batch(), 1)))
        .hasSize(1);
    assertThat(server().accepted())
        .anySatisfy(
            batch -> {
              assertThat(batch.header().dropReason()).isEqualTo("refused:" + refusalCode());
              assertThat(batch.header().firstSequence()).isEqualTo(1);
              assertThat(batch.header().count()).isEqualTo(1);
            });
    JournalView.Epoch epoch = JournalView.read(bench.dir).get(0);
    assertThat(List.of(epoch.setAside(), epoch.dropped(), epoch.undeclared()))
        .containsExactly(1L, 1L, 0L);
    assertThat(bench.publisher().counts().refused()).isEqualTo(Map.of(refusalCode(), 1L));
  }

  @Test
  void aGatewayThatRefusesEverythingDoesNotMakeALoop() throws Exception {
    server().answers(batch -> server().refuseForGood());
    bench.batches(3, 1);
    bench.publishTo(server().start().uri());
    bench.awaitDelivered();
    int arrivals = server().arrivals().size();
    assertThat(arrivals).isLessThanOrEqualTo(1 + 3 + 3); // status, batches, their declarations
    await().during(Duration.ofMillis(300)).until(() -> server().arrivals().size() == arrivals);
    assertThat(JournalView.read(bench.dir).get(0).setAside()).isEqualTo(3);
  }

  @Test
  void whatIsRefusedForNowIsSentAgainUnchanged() throws Exception {
    AtomicInteger refusals = new AtomicInteger(10);
    server()
        .answers(
            batch -> refusals.getAndDecrement() > 0 ? server().refuseForNow() : server().accept());
    bench.batches(4, 2);
    bench.publishTo(server().start().uri());
    bench.awaitDelivered();
    bench.assertNumbersStored(8, server());
    assertUnchanged();
    assertThat(bench.publisher().counts().connections()).isEqualTo(1);
    assertThat(bench.publisher().counts().retried().values()).containsExactly(10L);
  }

  @Test
  void aGatewayThatRefusesEverythingForNowIsLeftForAnother() throws Exception {
    bench.stallTimeout = Duration.ofMillis(500);
    server().answers(batch -> server().refuseForNow());
    try (FakeServer other = another().start()) {
      bench.batches(3, 1);
      bench.publishTo(server().start().uri(), other.uri());
      bench.awaitDelivered();
      bench.assertNumbersStored(3, other);
    }
  }

  @Test
  void aGatewayThatTakesAgainIsNotLeft() throws Exception {
    bench.stallTimeout = Duration.ofSeconds(10);
    AtomicInteger refusals = new AtomicInteger(2);
    server()
        .answers(
            batch -> refusals.getAndDecrement() > 0 ? server().refuseForNow() : server().accept());
    try (FakeServer other = another().start()) {
      bench.batches(3, 1);
      bench.publishTo(server().start().uri(), other.uri());
      bench.awaitDelivered();
      await()
          .during(Duration.ofSeconds(11))
          .until(() -> bench.gateway().equals(server().uri().toString()));
      assertThat(other.arrivals()).isEmpty();
    }
  }

  @Test
  void aGatewayThatComesLaterIsFound() throws Exception {
    server().start();
    server().stop();
    bench.batches(2, 1);
    bench.publishTo(server().uri());
    await().during(Duration.ofMillis(200)).until(() -> bench.journal.counts().acknowledged() == 0);
    server().start();
    bench.awaitDelivered();
    bench.assertNumbersStored(2, server());
  }

  @Test
  void whenHomeIsAwayTheNextGatewayIsUsedAndHomeAgainLater() throws Exception {
    bench.homeAfter = Duration.ofMillis(300);
    try (FakeServer other = another().start()) {
      server().start();
      server().stop();
      bench.publishTo(server().uri(), other.uri());
      bench.batches(2, 1);
      await().until(() -> bench.journal.counts().acknowledged() == 2);
      assertThat(bench.gateway()).isEqualTo(other.uri().toString());
      server().start();
      await().until(() -> bench.gateway().equals(server().uri().toString()));
      bench.batches(2, 1);
      await().until(() -> bench.journal.counts().acknowledged() == 4);
      assertThat(server().accepted()).anyMatch(batch -> !batch.readings().isEmpty());
    }
  }

  @Test
  void whenAGatewayIsGoneTheNextOneIsTriedWithoutAPause() throws Exception {
    bench.pausesAreEndless();
    bench.ackTimeout = Duration.ofMinutes(1); // so that nothing but its absence tells
    bench.stallTimeout = Duration.ofMinutes(2);
    try (FakeServer second = another().start();
        FakeServer third = another().start()) {
      second.stop();
      bench.publishTo(server().start().uri(), second.uri(), third.uri());
      bench.batches(3, 1);
      bench.awaitDelivered();
      server().stop();
      bench.batches(3, 1);
      bench.awaitDelivered();
      bench.assertNumbersStored(6, server(), third);
      assertThat(third.accepted()).anyMatch(batch -> carries(batch, 5));
    }
  }

  @Test
  void aGatewayThatAnswersNothingIsLeftForAnother() throws Exception {
    bench.stallTimeout = Duration.ofMillis(500);
    server().answers(batch -> server().silence());
    try (FakeServer other = another().start()) {
      bench.batches(3, 1);
      bench.publishTo(server().start().uri(), other.uri());
      bench.awaitDelivered();
      bench.assertNumbersStored(3, other);
    }
  }

  @Test
  void drainingEndsWithAStatusThatSaysNothingIsLeft() throws Exception {
    bench.batches(20, 3);
    bench.publishTo(server().start().uri());
    assertThat(bench.publisher().drain(Duration.ofSeconds(60))).isTrue();
    bench.assertNumbersStored(60, server());
    List<FakeServer.Arrival> arrivals = server().arrivals();
    assertThat(isStatus(arrivals.get(arrivals.size() - 1).batch(), 60, 60)).isTrue();
  }

  @Test
  void drainingGivesUpInTime() throws Exception {
    server().answers(batch -> server().silence());
    bench.batches(2, 1);
    bench.publishTo(server().start().uri());
    long start = System.nanoTime();
    assertThat(bench.publisher().drain(Duration.ofMillis(300))).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    assertThat(bench.journal.counts().waiting()).isEqualTo(2);
  }

  @Test
  void whateverTheGatewayDoesEveryNumberIsAccountedFor() throws Exception {
    Random random = new Random(11);
    List<FakeServer.Answer> others = mischief();
    server()
        .answers(
            batch -> {
              synchronized (random) {
                int choice = random.nextInt(100);
                return choice < 70
                    ? server().accept()
                    : choice < 78
                        ? server().refuseForNow()
                        : choice < 84
                            ? server().silence()
                            : choice < 89 && !batch.readings().isEmpty()
                                ? server().refuseForGood()
                                : others.get(random.nextInt(others.size()));
              }
            });
    bench.stallTimeout = Duration.ofMillis(100); // over MQTT a second, where there is one gateway
    bench.publishTo(server().start().uri());
    for (int i = 0; i < 40; i++) {
      bench.batches(3, 2);
    }
    bench.awaitDelivered();

    Set<Long> stored = new HashSet<>();
    Set<Long> dropped = new HashSet<>();
    for (Batch batch : server().accepted()) {
      Set<Long> into = batch.header().kind() == BatchHeader.Kind.DROP ? dropped : stored;
      for (long i = 0; i < batch.header().count(); i++) {
        into.add(batch.header().firstSequence() + i);
      }
    }
    JournalView.Epoch epoch = JournalView.read(bench.dir).get(0);
    assertThat(epoch.nextSequence()).isEqualTo(240);
    for (long number = 0; number < 240; number++) {
      assertThat(stored.contains(number) || dropped.contains(number))
          .as("number %d", number)
          .isTrue();
    }
    assertThat(epoch.setAside()).isPositive();
    assertThat(bench.journal.counts().acknowledged() + epoch.dropped()).isEqualTo(240);
    assertUnchanged();
  }

  /** Whatever was sent more than once was the same each time. */
  void assertUnchanged() {
    Map<Long, Batch> byFirst = new HashMap<>();
    for (FakeServer.Arrival arrival : server().arrivals()) {
      if (!arrival.batch().readings().isEmpty()) {
        Batch before =
            byFirst.putIfAbsent(arrival.batch().header().firstSequence(), arrival.batch());
        assertThat(before == null || before.equals(arrival.batch())).isTrue();
      }
    }
  }
}
