package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.ReadQuery;
import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.influx.InfluxWriterTest.Settings;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real influxd refuses, and what is done about it. */
@Timeout(120)
final class InfluxServerTest {
  private static final EpochKey KEY = new EpochKey("pi-1", 7);

  @TempDir static Path data;
  private static InfluxServer server;

  @BeforeAll
  static void start() throws Exception {
    server = InfluxServer.start(data, "max-body-size = 100000");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private InfluxStore store(Settings settings) {
    return new InfluxStore(settings.at(server.url()), () -> "ledger", registry, Clock.systemUTC());
  }

  private static Settings database(String name) {
    Settings settings = new Settings();
    settings.database = name;
    settings.retryFor = Duration.ofSeconds(2);
    settings.create = !name.contains("/");
    return settings;
  }

  private static Row row(long sequence, Instant time, String metric) {
    return new Row(
        KEY,
        sequence,
        new Reading(
            "main",
            "k",
            time.getEpochSecond() * 1_000_000_000L + sequence,
            Map.of(metric, Value.of(1.5))));
  }

  private double requests() {
    return registry.find("tidemark.ingest.influx.requests").counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private static List<Row> stored(InfluxStore store) throws Exception {
    List<Row> rows = new ArrayList<>();
    ReadQuery query = new ReadQuery("pi-1", null, 0, Long.MAX_VALUE, null, 10_000);
    rows.addAll(store.read(query));
    return rows;
  }

  @Test
  void twoPoisonedOfFiveThousandAreTheOnlyOnesRefused() throws Exception {
    server.query("CREATE DATABASE poison");
    Instant now = Instant.now();
    // Somebody else has written this field with another type, at the same time.
    server.write("poison", "k poison=1i " + now.getEpochSecond() * 1_000_000_000L);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      rows.add(row(i, now, i == 700 || i == 4_100 ? "poison" : "v"));
    }
    Settings settings = database("poison");
    try (InfluxStore store = store(settings)) {
      List<Refusal> refusals = store.write(rows);
      assertThat(refusals)
          .extracting(refusal -> refusal.row().sequence())
          .containsExactlyInAnyOrder(700L, 4_100L);
      assertThat(refusals).extracting(Refusal::reason).containsOnly("type_conflict");
      assertThat(refusals)
          .allSatisfy(r -> assertThat(r.detail()).contains("already exists as type integer"));
      assertThat(requests()).isLessThanOrEqualTo(60);
      List<Row> good = new ArrayList<>(rows);
      good.removeIf(row -> row.reading().values().containsKey("poison"));
      assertThat(stored(store)).isEqualTo(good);
    }
  }

  @Test
  void aRequestLargerThanTheServerTakesIsDivided() throws Exception {
    List<Row> rows = new ArrayList<>();
    Instant now = Instant.now();
    for (int i = 0; i < 5_000; i++) {
      rows.add(row(i, now, "a-metric-with-a-rather-long-name"));
    }
    try (InfluxStore store = store(database("large"))) {
      assertThat(store.write(rows)).isEmpty();
      assertThat(stored(store)).isEqualTo(rows);
    }
  }

  @Test
  void rowsOlderThanTheDatabaseKeepsAreRefusedAndTheOthersStored() throws Exception {
    server.query("CREATE DATABASE kept WITH DURATION 2h REPLICATION 1 NAME two");
    Instant now = Instant.now();
    Row young = row(0, now, "v");
    Row old = row(1, now.minus(Duration.ofHours(3)), "v");
    try (InfluxStore store = store(database("kept"))) {
      assertThat(store.write(List.of(young, old)))
          .singleElement()
          .satisfies(
              refusal -> {
                assertThat(refusal.row()).isEqualTo(old);
                assertThat(refusal.reason()).isEqualTo("beyond_retention");
              });
      assertThat(stored(store)).containsExactly(young);
      assertThat(requests()).as("what is sure to be refused is not sent").isEqualTo(1);
    }
  }

  @Test
  void aMissingRetentionPolicyStopsAndHealsWhenItIsMade() throws Exception {
    server.query("CREATE DATABASE rules");
    Row row = row(0, Instant.now(), "v");
    try (InfluxStore store = store(database("rules/week"))) {
      assertThatThrownBy(() -> store.write(List.of(row)))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("retention policy not found");
      server.query("CREATE RETENTION POLICY week ON rules DURATION 168h REPLICATION 1");
      assertThat(store.write(List.of(row))).isEmpty();
      assertThat(stored(store)).containsExactly(row);
    }
  }

  @Test
  void aMissingDatabaseStopsAndHealsWhenItIsMade() throws Exception {
    Settings settings = database("absent");
    settings.create = false;
    Row row = row(0, Instant.now(), "v");
    try (InfluxStore store = store(settings)) {
      assertThatThrownBy(() -> store.write(List.of(row)))
          .hasMessageContaining("no database absent");
      assertThatThrownBy(store::check).hasMessageContaining("create-database");
      server.query("CREATE DATABASE absent");
      assertThat(store.write(List.of(row))).isEmpty();
      store.check();
      server.query("DROP DATABASE absent");
      assertThatThrownBy(store::check).isInstanceOf(StoreUnavailableException.class);
      assertThatThrownBy(() -> store.write(List.of(row)))
          .isInstanceOf(StoreUnavailableException.class);
      server.query("CREATE DATABASE absent");
      assertThat(store.write(List.of(row))).isEmpty();
    }
  }

  @Test
  void namesAndPasswordsAreChecked(@TempDir Path folder) throws Exception {
    try (InfluxServer guarded = InfluxServer.start(folder, "auth-enabled = true")) {
      guarded.query(
          "CREATE USER ann WITH PASSWORD 'it''s' WITH ALL PRIVILEGES".replace("''", "\\'"));
      Settings settings = database("guarded");
      settings.token = "ann:wrong";
      Row row = row(0, Instant.now(), "v");
      try (InfluxStore store =
          new InfluxStore(
              settings.at(guarded.url()),
              () -> "ledger",
              new SimpleMeterRegistry(),
              Clock.systemUTC())) {
        assertThatThrownBy(() -> store.write(List.of(row)))
            .isInstanceOf(StoreUnavailableException.class)
            .hasMessageContaining("401")
            .hasMessageContaining("tidemark.influx.token");
      }
      settings.token = "ann:it's";
      try (InfluxStore store =
          new InfluxStore(
              settings.at(guarded.url()),
              () -> "ledger",
              new SimpleMeterRegistry(),
              Clock.systemUTC())) {
        assertThat(store.write(List.of(row))).isEmpty();
        assertThat(stored(store)).containsExactly(row);
      }
    }
  }

  @Test
  void theStatementsInTheDocumentationAnswer() throws Exception {
    List<Row> rows = new ArrayList<>();
    Instant now = Instant.now();
    for (int i = 0; i < 5; i++) {
      rows.add(
          new Row(
              KEY,
              i,
              new Reading(
                  "outside",
                  "bme280",
                  now.getEpochSecond() * 1_000_000_000L + i,
                  Map.of("temperature", Value.of(21.5 + i)))));
    }
    try (InfluxStore store = store(database("tidemark"))) {
      assertThat(store.write(rows)).isEmpty();
    }
    Matcher block =
        Pattern.compile("```influxql\n(.+?)\n```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("INFLUXDB.md")));
    int statements = 0;
    while (block.find()) {
      assertThat(server.query("tidemark", block.group(1)))
          .as(block.group(1))
          .contains("\"values\"")
          .doesNotContain("error");
      statements++;
    }
    assertThat(statements).isEqualTo(4);
  }
}
