package io.tidemark.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.forward.FakeIngest.Reply;
import io.tidemark.gateway.forward.FakeIngest.Seen;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.Mark;
import io.tidemark.gateway.replication.State;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.LogEntry;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForwarderTest {
  private final FakeLog log = new FakeLog();
  private FakeIngest ingest = null_();
  private final List<AutoCloseable> open = new ArrayList<>();

  @SuppressWarnings("NullAway") // set before each test
  private static FakeIngest null_() {
    return null;
  }

  @BeforeEach
  void startIngest() throws Exception {
    ingest = new FakeIngest();
    open.add(ingest);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5));
  }

  private Forwarder forwarder(int requestMaxBytes, int inFlight, URI... urls) {
    Forwarder forwarder =
        new Forwarder(
            new ForwardSettings(
                List.of(urls),
                requestMaxBytes,
                inFlight,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofMillis(200),
                Duration.ofMillis(100),
                Duration.ofSeconds(5),
                Duration.ofMillis(400)),
            log,
            "g7",
            () -> List.of("g1", "g2"),
            new IngestClient(Duration.ofSeconds(5), Duration.ofSeconds(5), IngestClient.Proof.NONE),
            new Random(7));
    open.add(0, forwarder);
    forwarder.start();
    return forwarder;
  }

  private long propose(int number) throws Exception {
    byte[] entry =
        ForwardCodec.encodeEntry(
            new LogEntry("g1", number, List.of(Batches.delivery("d", number, 1))));
    return log.propose(entry, 1).toCompletableFuture().get();
  }

  private long proposeMany(int count) throws Exception {
    long last = -1;
    for (int i = 0; i < count; i++) {
      last = propose(i);
    }
    return last;
  }

  /** Numbers of the entries that were stored. */
  private Set<Long> stored() {
    Set<Long> numbers = new TreeSet<>();
    for (Seen each : ingest.seen()) {
      if (each.reply().status() == 200) {
        each.request().entries().forEach(entry -> numbers.add(entry.receivedAtNanos()));
      }
    }
    return numbers;
  }

  @Test
  void everythingCommittedReachesIngestAndTheMarkFollows() throws Exception {
    long last = proposeMany(100);
    Forwarder forwarder = forwarder(2_000, 4, ingest.url());
    soon().until(() -> log.mark().index() == last);
    assertThat(log.mark()).isEqualTo(new Mark(last, 100));
    assertThat(stored()).hasSize(100);
    assertThat(forwarder.readingsForwarded()).isEqualTo(100);
    assertThat(log.truncatedBelow()).isEqualTo(last + 1);
    // Several requests are on their way at a time, so the first to arrive need not be the first
    // entry's.
    Delivery first =
        ingest.seen().stream()
            .flatMap(seen -> seen.request().entries().stream())
            .filter(entry -> entry.receivedAtNanos() == 0)
            .findFirst()
            .orElseThrow()
            .deliveries()
            .get(0);
    assertThat(first.payload()).isEqualTo(Batches.readings("d", 0, 1));

    long more = propose(100);
    soon().until(() -> log.mark().index() == more);
  }

  @Test
  void manyEntriesGoInOneRequestWithinItsBytes() throws Exception {
    proposeMany(200);
    int entryBytes =
        ForwardCodec.encodeEntry(new LogEntry("g1", 1, List.of(Batches.delivery("d", 1, 1))))
            .length;
    forwarder(entryBytes * 50, 1, ingest.url());
    soon().until(() -> stored().size() == 200);
    List<Integer> sizes =
        ingest.seen().stream()
            .map(each -> each.request().entries().size())
            .filter(n -> n > 0)
            .toList();
    assertThat(sizes).hasSizeBetween(4, 8).allMatch(n -> n <= 50);
  }

  @Test
  void anEntryLargerThanARequestIsSentAlone() throws Exception {
    proposeMany(3);
    forwarder(1, 1, ingest.url());
    soon().until(() -> stored().size() == 3);
    assertThat(ingest.seen()).allMatch(each -> each.request().entries().size() <= 1);
  }

  @Test
  void severalRequestsAreInFlightButNoMoreThanAllowed() throws Exception {
    proposeMany(30);
    CountDownLatch release = new CountDownLatch(1);
    ingest.script(
        (request, number) -> {
          if (!request.entries().isEmpty()) {
            release.await();
          }
          return Reply.stored(1);
        });
    forwarder(1, 3, ingest.url());
    soon().until(() -> ingest.inFlightHighest() >= 3);
    release.countDown();
    soon().until(() -> stored().size() == 30);
    assertThat(ingest.inFlightHighest()).as("three, and a heartbeat").isLessThanOrEqualTo(4);
  }

  @Test
  void theMarkDoesNotPassAnythingUnacknowledged() throws Exception {
    long last = proposeMany(4);
    CountDownLatch release = new CountDownLatch(1);
    ingest.script(
        (request, number) -> {
          if (request.entries().stream().anyMatch(entry -> entry.receivedAtNanos() == 1)) {
            release.await();
          }
          return Reply.stored(number);
        });
    Forwarder forwarder = forwarder(1, 4, ingest.url());
    soon().until(() -> forwarder.readingsForwarded() == 3);
    soon().until(() -> log.mark().index() == last - 3);
    soon().until(() -> heartbeats().size() > 2);
    assertThat(log.mark()).isEqualTo(new Mark(last - 3, 1));
    assertThat(forwarder.forwardedIndex()).isEqualTo(last - 3);
    release.countDown();
    soon().until(() -> log.mark().index() == last);
  }

  @Test
  void heartbeatsCarryTheIndexesAndAnIdleGroupIsForwardedToItsEnd() throws Exception {
    long last = proposeMany(5);
    forwarder(10_000, 2, ingest.url());
    soon().until(() -> log.mark().index() == last);
    int before = heartbeats().size();
    soon().until(() -> heartbeats().size() > before + 2);
    Seen beat = heartbeats().get(heartbeats().size() - 1);
    assertThat(beat.request().group()).isEqualTo("g1");
    assertThat(beat.request().committedIndex()).isEqualTo(log.committedIndex());
    assertThat(beat.request().forwardedIndex()).isEqualTo(log.committedIndex());
  }

  @Test
  void theEndOfAClosedLogIsToldOnceAllOfItIsForwarded() throws Exception {
    ingest.script(
        (request, n) -> request.entries().isEmpty() ? Reply.stored(1) : Reply.status(503));
    long last = proposeMany(20);
    forwarder(2_000, 2, ingest.url());
    log.closeForGood();
    soon().until(() -> ingest.seen().size() > 3);
    assertThat(heartbeats()).noneMatch(seen -> seen.request().ended());
    assertThat(log.wasEnded()).isFalse();
    ingest.script((request, n) -> Reply.stored(1));
    soon().until(log::wasEnded);
    Seen told =
        heartbeats().stream().filter(seen -> seen.request().ended()).findFirst().orElseThrow();
    assertThat(told.request().forwardedIndex()).isEqualTo(last);
    assertThat(told.request().committedIndex()).isEqualTo(last);
    assertThat(stored()).hasSize(20);
  }

  @Test
  void aLogThatIsOpenHasNoEnd() throws Exception {
    proposeMany(3);
    forwarder(2_000, 2, ingest.url());
    soon().until(() -> stored().size() == 3 && heartbeats().size() > 3);
    assertThat(heartbeats()).noneMatch(seen -> seen.request().ended());
  }

  private List<Seen> heartbeats() {
    return ingest.seen().stream().filter(each -> each.request().entries().isEmpty()).toList();
  }

  @Test
  void anIdleGroupStaysStill() throws Exception {
    long last = proposeMany(5);
    forwarder(10_000, 2, ingest.url());
    soon().until(() -> log.mark().index() == last);
    long committed = log.committedIndex();
    int before = heartbeats().size();
    soon().until(() -> heartbeats().size() > before + 4);
    assertThat(log.committedIndex()).as("a mark needs data to move over").isEqualTo(committed);
  }

  @Test
  void theTickIsOneSeenBeforeTheIndexWasRead() throws Exception {
    AtomicLong tick = new AtomicLong(40);
    ingest.script((request, number) -> Reply.stored(tick.get()));
    forwarder(10_000, 2, ingest.url());
    soon().until(() -> heartbeats().size() > 1);
    soon().until(() -> heartbeats().get(heartbeats().size() - 1).request().tick() == 40);
    long index = propose(1);
    tick.set(41);
    soon().until(() -> heartbeats().get(heartbeats().size() - 1).request().tick() == 41);
    assertThat(ingest.seen())
        .filteredOn(each -> each.request().tick() == 41)
        .allMatch(each -> each.request().committedIndex() >= index);
    assertThat(ingest.seen().get(0).request().tick()).isZero();
  }

  @Test
  void retriesUntilStoredAndObeysRetryAfter() throws Exception {
    long last = proposeMany(3);
    ingest.script(
        (request, number) -> number <= 2 ? new Reply(503, "", "1") : Reply.stored(number));
    Forwarder forwarder = forwarder(100_000, 4, ingest.url());
    soon().until(() -> log.mark().index() == last);
    // The first two are the entries and a heartbeat, at once.
    List<Seen> seen = ingest.seen();
    assertThat(seen.get(2).atNanos() - seen.get(1).atNanos())
        .isGreaterThan(Duration.ofMillis(950).toNanos());
    assertThat(forwarder.requestsFailed()).isPositive();
  }

  @Test
  void whileIngestIsAwayOneRequestAtATimeAsks() throws Exception {
    proposeMany(50);
    ingest.script((request, number) -> Reply.status(503));
    Forwarder forwarder = forwarder(1, 4, ingest.url());
    soon().until(() -> ingest.seen().size() >= 8);
    long first = ingest.seen().get(4).atNanos();
    long later = ingest.seen().get(7).atNanos();
    assertThat(later - first)
        .as("backoff between probes")
        .isGreaterThan(Duration.ofMillis(300).toNanos());
    assertThat(log.mark()).isEqualTo(Mark.NONE);
    ingest.script((request, number) -> Reply.stored(number));
    soon().until(() -> stored().size() == 50);
    assertThat(forwarder.resends()).isPositive();
  }

  @Test
  void aHangAnEndedConnectionAndAStrangeAnswerAreNoAcknowledgements() throws Exception {
    long last = proposeMany(3);
    CountDownLatch never = new CountDownLatch(1);
    Set<String> done = ConcurrentHashMap.newKeySet();
    ingest.script(
        (request, number) -> {
          if (request.entries().isEmpty()) {
            return Reply.stored(1);
          }
          if (done.add("hang")) {
            never.await();
          }
          if (done.add("cut")) {
            return Reply.status(0);
          }
          if (done.add("captive portal")) {
            return new Reply(200, "<html>please log in</html>", "");
          }
          if (done.add("moved")) {
            return Reply.status(302);
          }
          return Reply.stored(number);
        });
    Forwarder forwarder = forwarder(100_000, 1, ingest.url());
    soon().until(() -> log.mark().index() == last);
    assertThat(done).hasSize(4);
    assertThat(forwarder.resends()).isEqualTo(4);
    never.countDown();
  }

  @Test
  void connectionRefusedIsWaitedOut() throws Exception {
    int port = ingest.port();
    ingest.close();
    long last = proposeMany(3);
    Forwarder forwarder = forwarder(100_000, 4, URI.create("http://127.0.0.1:" + port));
    soon().until(() -> forwarder.requestsFailed() >= 3);
    FakeIngest back = new FakeIngest(port);
    open.add(back);
    soon().until(() -> log.mark().index() == last);
  }

  @Test
  void theNextIngestIsAskedWhenOneFails() throws Exception {
    FakeIngest other = new FakeIngest();
    open.add(other);
    ingest.script((request, number) -> Reply.status(503));
    long last = proposeMany(20);
    forwarder(1, 2, ingest.url(), other.url());
    soon().until(() -> log.mark().index() == last);
    assertThat(other.seen()).hasSizeGreaterThanOrEqualTo(20);
  }

  @Test
  void aRejectedRequestIsNotPassedOver() throws Exception {
    proposeMany(3);
    ingest.script(
        (request, number) ->
            request.entries().stream().anyMatch(entry -> entry.receivedAtNanos() == 0)
                ? Reply.status(400)
                : Reply.stored(number));
    Forwarder forwarder = forwarder(1, 3, ingest.url());
    soon().until(() -> forwarder.readingsForwarded() == 2);
    soon().until(() -> forwarder.requestsRejected() >= 1);
    int before = heartbeats().size();
    soon().until(() -> heartbeats().size() > before + 3);
    assertThat(log.mark()).isEqualTo(Mark.NONE);
    assertThat(forwarder.requestsRejected()).as("tried again slowly").isEqualTo(1);
  }

  @Test
  void aLogThatCannotBeReadIsTriedAgain() throws Exception {
    log.readFails(true);
    long last = proposeMany(3);
    Forwarder forwarder = forwarder(1, 3, ingest.url());
    soon().until(() -> forwarder.readFailures() >= 1);
    log.readFails(false);
    soon().until(() -> log.mark().index() == last);
    assertThat(forwarder.broken()).isFalse();
  }

  @Test
  void beginsAtTheMarkOnceTheLogLeads() throws Exception {
    proposeMany(10);
    log.role(State.Role.ELECTING);
    forwarder(1, 3, ingest.url());
    log.advance(new Mark(4, 4));
    AtomicBoolean asked = new AtomicBoolean();
    ingest.script(
        (request, number) -> {
          asked.set(true);
          return Reply.stored(number);
        });
    Awaitility.await().during(Duration.ofMillis(300)).until(() -> !asked.get());
    log.role(State.Role.LEADING);
    soon().until(() -> log.mark().readings() == 10);
    assertThat(stored()).hasSize(6).doesNotContain(0L, 1L, 2L, 3L);
  }

  @Test
  void whatAnotherLeaderForwardsIsNotForwardedHereAndNothingIsCountedTwice() throws Exception {
    proposeMany(10);
    ingest.script((request, number) -> number < 4 ? Reply.stored(number) : Reply.status(503));
    Forwarder forwarder = forwarder(1, 3, ingest.url());
    soon().until(() -> forwarder.readingsForwarded() > 0 && forwarder.requestsFailed() > 3);
    long before = forwarder.readingsForwarded();

    byte[] entry =
        ForwardCodec.encodeEntry(new LogEntry("g2", 77, List.of(Batches.delivery("d", 77, 5))));
    log.ledByAnother(entry, 5, new Mark(9, 9));
    soon().until(() -> forwarder.readingsHandedOver() == 10 - before);
    assertThat(forwarder.forwardedIndex()).isEqualTo(-1);
    ingest.script((request, number) -> Reply.stored(number));
    log.leadsAgain();

    soon().until(() -> log.mark().readings() == 15);
    assertThat(stored()).contains(9L, 77L);
    assertThat(forwarder.readingsForwarded()).isEqualTo(before + 6);
    assertThat(log.counts().committed())
        .isEqualTo(forwarder.readingsForwarded() + forwarder.readingsHandedOver());
  }

  @Test
  void tellsIngestOfAllGroupsAndWhoLeads() throws Exception {
    forwarder(1, 3, ingest.url());
    soon().until(() -> !ingest.seen().isEmpty());
    assertThat(ingest.seen().get(0).request().groups()).containsExactly("g1", "g2");
    assertThat(ingest.seen().get(0).request().gateway()).isEqualTo("g7");
  }

  @Test
  void stoppingReplicatesTheLastMark() throws Exception {
    long last = proposeMany(10);
    Forwarder forwarder = forwarder(1, 3, ingest.url());
    soon().until(() -> forwarder.readingsForwarded() == 10);
    forwarder.close();
    assertThat(log.mark().index()).isEqualTo(last);
  }
}
