package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.influx.FakeInflux.Answer;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done about a server's answers to writes. The forms are those of its documentation. */
@Timeout(120)
final class InfluxWriterTest {
  private static final EpochKey KEY = new EpochKey("pi-1", 7);
  private static final long T0 = 1_772_323_200_000_000_000L;

  static Row row(long sequence, String metric) {
    return new Row(
        KEY, sequence, new Reading("main", "k", T0 + sequence, Map.of(metric, Value.of(1))));
  }

  static List<Row> rows(int count, List<Integer> poisoned) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(row(i, poisoned.contains(i) ? "poison" : "v"));
    }
    return rows;
  }

  /** Usual settings, changed by the tests of each. */
  static final class Settings {
    String database = "tidemark";
    String org = "";
    String token = "";
    boolean create;
    InfluxVersion version = InfluxVersion.AUTO;
    int requestsMax = 4;
    int requestMaxRows = 5_000;
    Duration timeout = Duration.ofSeconds(10);
    Duration retryFor = Duration.ofSeconds(20);
    boolean gzip;

    InfluxSettings at(java.net.URI url) {
      return new InfluxSettings(
          url,
          database,
          org,
          token,
          create,
          version,
          requestsMax,
          requestMaxRows,
          timeout,
          retryFor,
          gzip);
    }
  }

  private static List<Refusal> write(FakeInflux fake, Settings settings, List<Row> rows)
      throws StoreUnavailableException {
    InfluxConnection connection = new InfluxConnection(settings.at(fake.url()));
    try (connection;
        InfluxWriter writer =
            new InfluxWriter(connection, new SimpleMeterRegistry(), Clock.systemUTC())) {
      connection.ensureReady();
      return writer.write(rows.stream().map(row -> new Line(row, false)).toList());
    }
  }

  /** Refuses every request with a poisoned line, whole, as 2.x does with what it cannot parse. */
  private static Answer wholeRefused(FakeInflux.Asked write) {
    return write.body().contains("poison")
        ? Answer.of(400, "{\"code\":\"invalid\",\"message\":\"unable to parse 'poison': bad\"}")
        : Answer.TAKEN;
  }

  @Test
  void twoPoisonedOfFiveThousandAreFoundInSixtyRequests() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      fake.writes = InfluxWriterTest::wholeRefused;
      List<Refusal> refusals = write(fake, new Settings(), rows(5_000, List.of(1_234, 3_777)));
      assertThat(refusals)
          .extracting(r -> r.row().sequence())
          .containsExactlyInAnyOrder(1_234L, 3_777L);
      assertThat(refusals).extracting(Refusal::reason).containsOnly("store_refused");
      assertThat(refusals).allSatisfy(r -> assertThat(r.detail()).contains("unable to parse"));
      assertThat(taken(fake)).hasSize(4_998).doesNotHaveDuplicates();
      assertThat(fake.writesAsked()).hasSizeLessThanOrEqualTo(60);
    }
  }

  /** The lines of requests that were taken. */
  private static List<String> taken(FakeInflux fake) {
    return fake.writesAsked().stream()
        .filter(write -> !write.body().contains("poison"))
        .flatMap(write -> write.lines().stream())
        .toList();
  }

  @Test
  void aWriteThatIsAllBadCostsAFiftiethOfItsSizeInRequests() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      fake.writes = write -> Answer.of(400, "{\"code\":\"invalid\",\"message\":\"no\"}");
      List<Row> rows = rows(5_000, List.of());
      List<Refusal> refusals = write(fake, new Settings(), rows);
      assertThat(refusals).extracting(Refusal::row).containsExactlyInAnyOrderElementsOf(rows);
      assertThat(refusals).anySatisfy(r -> assertThat(r.detail()).contains("replay"));
      assertThat(fake.writesAsked()).hasSizeLessThanOrEqualTo(5_000 / 50 + 5);
    }
  }

  @Test
  void whatIsThereThoughItWasRefusedInCompanyIsNoRefusal() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      fake.writes = write -> Answer.of(400, "{\"code\":\"invalid\",\"message\":\"some of it\"}");
      fake.others.put(
          "/query",
          Answer.of(
              200,
              """
              {"results":[{"series":[{"name":"k","tags":{"device":"pi-1","epoch":"7","sensor":"main","twin":""},\
              "columns":["time","seq","v"],"values":[[1772323200000000001,1,1],[1772323200000000003,3,2]]}]}]}
              """));
      try (InfluxStore store =
          new InfluxStore(
              new Settings().at(fake.url()),
              () -> "ledger",
              new SimpleMeterRegistry(),
              Clock.systemUTC())) {
        assertThat(store.write(rows(5, List.of())))
            .extracting(refusal -> refusal.row().sequence())
            .as("number 1 is a row; 3 is one too, with other contents")
            .containsExactlyInAnyOrder(0L, 2L, 3L, 4L);
      }
    }
  }

  @Test
  void batchesThatOvertakeEachOtherAreLookedForOnceASeries() throws Exception {
    try (FakeInflux fake = FakeInflux.v1();
        InfluxStore store =
            new InfluxStore(
                new Settings().at(fake.url()),
                () -> "ledger",
                new SimpleMeterRegistry(),
                Clock.systemUTC())) {
      List<Row> rows = rows(60, List.of());
      List<Row> overtaking = new ArrayList<>(rows.subList(0, 10));
      overtaking.addAll(rows.subList(20, 30));
      store.write(overtaking);
      int looks = looks(fake);
      store.write(rows.subList(10, 20));
      store.write(rows.subList(40, 50));
      store.write(rows.subList(30, 40));
      assertThat(looks(fake)).isEqualTo(looks).isEqualTo(1);
      store.write(rows.subList(5, 25));
      assertThat(looks(fake)).as("what was there before is looked for").isEqualTo(looks + 1);
    }
  }

  private static int looks(FakeInflux fake) {
    return (int)
        fake.asked("POST", "/query").stream().filter(a -> a.body().contains("seq")).count();
  }

  @Test
  void namedLinesNeedNoSearch() throws Exception {
    try (FakeInflux fake = FakeInflux.v3()) {
      fake.writes =
          write -> {
            List<String> errors = new ArrayList<>();
            List<String> lines = write.lines();
            for (int i = 0; i < lines.size(); i++) {
              if (lines.get(i).contains("poison")) {
                errors.add(
                    "{\"original_line\":\"x\",\"line_number\":%d,\"error_message\":\"invalid column type\"}"
                        .formatted(i + 1));
              }
            }
            return errors.isEmpty()
                ? Answer.TAKEN
                : Answer.of(
                    400,
                    "{\"error\":\"partial write of line protocol occurred\",\"data\":%s}"
                        .formatted(errors));
          };
      List<Refusal> refusals = write(fake, new Settings(), rows(5_000, List.of(5, 6, 4_999)));
      assertThat(refusals).extracting(r -> r.row().sequence()).containsExactly(5L, 6L, 4_999L);
      assertThat(fake.writesAsked().size()).isEqualTo(2);
    }
  }

  @Test
  void aTypeConflictNamesItsFieldAndNeedsNoSearch() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      fake.writes =
          write ->
              write.body().contains("poison")
                  ? Answer.of(
                      422,
                      "{\"code\":\"unprocessable entity\",\"message\":\"failure writing points to database: partial write: field type"
                          + " conflict: input field \\\"poison\\\" on measurement \\\"k\\\" is type float, already exists as type"
                          + " integer dropped=3\"}")
                  : Answer.TAKEN;
      List<Refusal> refusals = write(fake, new Settings(), rows(1_000, List.of(3, 4, 500)));
      assertThat(refusals).extracting(r -> r.row().sequence()).containsExactly(3L, 4L, 500L);
      assertThat(refusals).extracting(Refusal::reason).containsOnly("type_conflict");
      assertThat(fake.writesAsked()).hasSize(2);
    }
  }

  @Test
  void aRequestThatIsTooLargeIsDividedUntilItIsNot() throws Exception {
    try (FakeInflux fake = FakeInflux.v2()) {
      fake.writes = write -> write.lines().size() > 20 ? Answer.of(413, "too large") : Answer.TAKEN;
      assertThat(write(fake, new Settings(), rows(1_000, List.of()))).isEmpty();
      assertThat(
              fake.writesAsked().stream()
                  .filter(write -> write.lines().size() <= 20)
                  .mapToInt(write -> write.lines().size())
                  .sum())
          .isEqualTo(1_000);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504, 0, 200})
  void whatMayWorkLaterIsTriedAgain(int status) throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      AtomicInteger times = new AtomicInteger();
      fake.writes =
          write ->
              times.incrementAndGet() <= 2
                  ? Answer.of(status, "{\"error\":\"busy\"}")
                  : Answer.TAKEN;
      assertThat(write(fake, new Settings(), rows(10, List.of()))).isEmpty();
      assertThat(times).hasValue(3);
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsTriedAgain() throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      CountDownLatch never = new CountDownLatch(1);
      AtomicInteger times = new AtomicInteger();
      fake.writes =
          write -> {
            if (times.incrementAndGet() == 1) {
              never.await(60, TimeUnit.SECONDS);
            }
            return Answer.TAKEN;
          };
      Settings settings = new Settings();
      settings.timeout = Duration.ofSeconds(2);
      assertThat(write(fake, settings, rows(10, List.of()))).isEmpty();
      assertThat(times).hasValue(2);
    }
  }

  @Test
  void retryAfterIsObeyedAndPassedOn() throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      fake.writes = write -> Answer.of(429, "{\"error\":\"slow\"}").with("Retry-After", "1");
      AtomicInteger times = new AtomicInteger();
      long begun = System.nanoTime();
      fake.writes =
          write ->
              times.incrementAndGet() == 1
                  ? Answer.of(503, "").with("Retry-After", "1")
                  : Answer.TAKEN;
      assertThat(write(fake, new Settings(), rows(1, List.of()))).isEmpty();
      assertThat(System.nanoTime() - begun).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(990));

      fake.writes = write -> Answer.of(429, "").with("Retry-After", "17");
      Settings settings = new Settings();
      settings.retryFor = Duration.ofSeconds(2);
      assertThatThrownBy(() -> write(fake, settings, rows(1, List.of())))
          .isInstanceOfSatisfying(
              StoreUnavailableException.class, e -> assertThat(e.retryAfterSeconds()).isEqualTo(17))
          .hasMessageContaining("429");
    }
  }

  @Test
  void aRetryAfterMayBeADate() {
    Instant now = Instant.parse("2026-03-01T00:00:00Z");
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(now.plusSeconds(30).atOffset(ZoneOffset.UTC));
    assertThat(Answers.retryAfterSeconds(date, now)).isEqualTo(30);
    assertThat(Answers.retryAfterSeconds("7", now)).isEqualTo(7);
    assertThat(Answers.retryAfterSeconds("soon", now)).isZero();
    assertThat(Answers.retryAfterSeconds(null, now)).isZero();
    assertThat(Answers.retryAfterSeconds("86400", now)).isEqualTo(60);
    assertThat(Answers.retryAfterSeconds("-5", now)).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | {\"error\":\"authorization failed\"} | tidemark.influx.token",
        "403 | {\"error\":\"not authorized\"} | right to read and write",
        "404 | {\"error\":\"database not found: \\\"x\\\"\"} | tidemark.influx.url",
        "500 | {\"error\":\"retention policy not found: rp\"} | retention policy not found",
        "405 | {} | tidemark.influx.url",
        "301 | {} | tidemark.influx.url",
      })
  void whatSomebodyHasToSetRightIsSaidAndNothingIsRefused(int status, String body, String advice)
      throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      fake.writes = write -> Answer.of(status, body);
      assertThatThrownBy(() -> write(fake, new Settings(), rows(100, List.of())))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining(advice)
          .hasMessageContaining(Integer.toString(status));
      assertThat(fake.writesAsked()).hasSize(1);
    }
  }

  @Test
  void requestsHaveTheSizeThatIsSetAndAtMostSoManyGoAtATime() throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      CountDownLatch three = new CountDownLatch(3);
      fake.writes =
          write -> {
            three.countDown();
            three.await(10, TimeUnit.SECONDS);
            return Answer.TAKEN;
          };
      Settings settings = new Settings();
      settings.requestMaxRows = 10;
      settings.requestsMax = 3;
      // Two at first; each answer that comes quickly allows a little more.
      fake.writes = write -> Answer.TAKEN;
      assertThat(write(fake, settings, rows(205, List.of()))).isEmpty();
      assertThat(fake.writesAsked()).hasSize(21);
      assertThat(fake.writesAsked()).allSatisfy(w -> assertThat(w.lines()).hasSizeBetween(5, 10));
      assertThat(fake.mostAtATime.get()).isLessThanOrEqualTo(3);
    }
  }

  @Test
  void theNumberAtATimeGrowsWithQuickAnswersAndHalvesWithFailures() {
    Pace pace = new Pace(8);
    assertThat(pace.limit()).isEqualTo(2);
    for (int i = 0; i < 100; i++) {
      pace.answered(1_000_000);
    }
    assertThat(pace.limit()).isEqualTo(8);
    pace.failed();
    assertThat(pace.limit()).isEqualTo(4);
    pace.answered(Duration.ofSeconds(3).toNanos());
    assertThat(pace.limit()).isEqualTo(2);
    for (int i = 0; i < 10; i++) {
      pace.failed();
    }
    assertThat(pace.limit()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gzipIsUsedIfItIsSet(boolean gzip) throws Exception {
    try (FakeInflux fake = FakeInflux.v1()) {
      Settings settings = new Settings();
      settings.gzip = gzip;
      write(fake, settings, rows(3, List.of()));
      assertThat(fake.writesAsked())
          .singleElement()
          .satisfies(
              write -> {
                assertThat(write.encoding().equals("gzip")).isEqualTo(gzip);
                assertThat(write.lines()).hasSize(3);
              });
    }
  }
}
