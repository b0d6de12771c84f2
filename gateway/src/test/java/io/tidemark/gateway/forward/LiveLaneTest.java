package io.tidemark.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.gateway.Batches;
import io.tidemark.gateway.forward.FakeIngest.Reply;
import io.tidemark.gateway.forward.FakeIngest.Seen;
import io.tidemark.gateway.replication.FakeLog;
import io.tidemark.gateway.replication.Mark;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes while a backlog drains. */
class LiveLaneTest {
  private static final int BACKLOG = 60;

  private final FakeLog log = new FakeLog();
  private final ConcurrentSkipListMap<Long, Long> numbers = new ConcurrentSkipListMap<>();
  private final Set<Long> stored = ConcurrentHashMap.newKeySet();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private FakeIngest ingest = none();
  private Forwarder forwarder = none();
  private volatile boolean passedOver;

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // set before each use
  private static <T> T none() {
    return null;
  }

  @BeforeEach
  void startIngest() throws Exception {
    ingest = new FakeIngest();
  }

  @AfterEach
  void close() throws Exception {
    forwarder.close();
    ingest.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5));
  }

  private void start(Duration liveAfter) {
    forwarder =
        new Forwarder(
            new ForwardSettings(
                List.of(ingest.url()),
                1,
                4,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofMillis(50),
                Duration.ofMillis(10),
                liveAfter,
                Duration.ofMillis(50)),
            log,
            "g1",
            () -> List.of("g1"),
            new IngestClient(
                Duration.ofSeconds(10), Duration.ofSeconds(10), IngestClient.Proof.NONE),
            new Random(7));
    forwarder.start();
  }

  private static byte[] entry(int number) {
    return ForwardCodec.encodeEntry(
        new LogEntry("g1", number, List.of(Batches.delivery("d", number, 1))));
  }

  /** Returns the entry's number. */
  private synchronized long propose() throws Exception {
    int number = next.getAndIncrement();
    numbers.put(log.propose(entry(number), 1).toCompletableFuture().get(), (long) number);
    return number;
  }

  private void proposeBacklog() throws Exception {
    for (int i = 0; i < BACKLOG; i++) {
      propose();
    }
  }

  private Reply store(ForwardRequest request) {
    checkMark(request.forwardedIndex());
    checkMark(log.mark().index());
    request.entries().forEach(entry -> stored.add(entry.receivedAtNanos()));
    return Reply.stored(1);
  }

  private void checkMark(long index) {
    if (!stored.containsAll(numbers.headMap(index, true).values())) {
      passedOver = true;
    }
  }

  /** Stores; the tenth request with entries finds that one more has just been committed. */
  private Reply storeAndProposeAtTheTenth(ForwardRequest request) throws Exception {
    if (!request.entries().isEmpty() && requests.incrementAndGet() == 10) {
      propose();
    }
    return store(request);
  }

  private int storedBefore(long number) {
    int before = 0;
    for (Seen seen : ingest.seen()) {
      if (seen.request().entries().stream().anyMatch(e -> e.receivedAtNanos() == number)) {
        return before;
      }
      before += seen.reply().status() == 200 ? seen.request().entries().size() : 0;
    }
    return before;
  }

  private void awaitEnd() {
    soon().until(() -> log.mark().readings() == next.get());
    assertThat(stored).containsAll(numbers.values());
    assertThat(log.mark().index()).isEqualTo(numbers.lastKey());
    assertThat(passedOver).as("the mark passed what was not stored").isFalse();
    assertThat(log.counts().committed())
        .isEqualTo(forwarder.readingsForwarded() + forwarder.readingsHandedOver());
  }

  @Test
  void whatComesWhileABacklogDrainsDoesNotWaitForIt() throws Exception {
    proposeBacklog();
    ingest.script((request, number) -> storeAndProposeAtTheTenth(request));
    start(Duration.ofSeconds(5));
    awaitEnd();
    assertThat(storedBefore(BACKLOG)).isLessThan(BACKLOG / 2);
    assertThat(forwarder.readingsForwarded()).isEqualTo(BACKLOG + 1);
    assertThat(forwarder.resends()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0.01S", "PT1H"})
  void aBacklogIsWhatIsOlderThanTheSetting(Duration liveAfter) throws Exception {
    ingest.script((request, number) -> Reply.stored(1));
    start(liveAfter);
    soon().until(() -> forwarder.requestsStored() > 0);
    ingest.script((request, number) -> Reply.status(503));
    proposeBacklog();
    long failed = forwarder.requestsFailed();
    soon().until(() -> forwarder.requestsFailed() > failed + 3);
    ingest.script((request, number) -> storeAndProposeAtTheTenth(request));
    awaitEnd();
    if (liveAfter.toHours() > 0) {
      assertThat(storedBefore(BACKLOG)).isGreaterThan(BACKLOG - 10);
    } else {
      assertThat(storedBefore(BACKLOG)).isLessThan(BACKLOG / 2);
    }
  }

  @Test
  void bothLanesWaitWhenIngestAsksForIt() throws Exception {
    proposeBacklog();
    ingest.script(
        (request, number) -> {
          if (!request.entries().isEmpty() && stored.size() < BACKLOG / 2) {
            propose();
          }
          return number == 30 ? new Reply(503, "", "1") : store(request);
        });
    start(Duration.ofSeconds(5));
    awaitEnd();
    List<Seen> seen = ingest.seen();
    int at = seen.stream().map(each -> each.reply().status()).toList().indexOf(503);
    // Some were on their way, and more are sent until the answer is looked at: then nobody sends.
    long longest = 0;
    for (int i = at + 1; i < seen.size(); i++) {
      longest = Math.max(longest, seen.get(i).atNanos() - seen.get(i - 1).atNanos());
    }
    assertThat(longest).isGreaterThan(Duration.ofMillis(900).toNanos());
  }

  @Test
  void whatWasForwardedAheadIsForwardedAgainByTheNextLeader() throws Exception {
    proposeBacklog();
    ingest.script(
        (request, number) ->
            stored.contains((long) BACKLOG)
                ? Reply.status(503)
                : storeAndProposeAtTheTenth(request));
    start(Duration.ofSeconds(5));
    soon().until(() -> stored.contains((long) BACKLOG));
    soon().until(() -> log.mark().index() > 0);
    ledByAnother();
    ingest.script((request, number) -> store(request));
    log.leadsAgain();
    awaitEnd();
    long times =
        ingest.seen().stream()
            .flatMap(seen -> seen.request().entries().stream())
            .filter(entry -> entry.receivedAtNanos() == BACKLOG)
            .count();
    assertThat(times).isGreaterThan(1);
  }

  /** For a while, in which it commits an entry and forwards nothing. */
  private void ledByAnother() {
    int number = next.getAndIncrement();
    numbers.put(log.ledByAnother(entry(number), 1, Mark.NONE), (long) number);
    soon().until(() -> forwarder.forwardedIndex() == -1);
  }

  /** Whatever happens, everything is stored, and the mark passes nothing that is not. */
  @Test
  void proposalsRefusalsAndTakeOversInAnyOrder() throws Exception {
    Random random = new Random(11);
    Random answers = new Random(12);
    proposeBacklog();
    ingest.script(
        (request, number) -> {
          synchronized (answers) {
            return answers.nextInt(12) == 0
                ? Reply.status(answers.nextBoolean() ? 503 : 0)
                : store(request);
          }
        });
    start(Duration.ofMillis(20));
    for (int i = 0; i < 30; i++) {
      int before = stored.size();
      for (int n = random.nextInt(8); n >= 0; n--) {
        propose();
      }
      soon().until(() -> stored.size() > before);
      if (random.nextInt(6) == 0) {
        ledByAnother();
        log.leadsAgain();
      }
    }
    ingest.script((request, number) -> store(request));
    awaitEnd();
  }
}
