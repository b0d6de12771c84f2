package io.tidemark.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.ingest.quarantine.Suspect;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shown of the ledger's state, over a real ledger and a quarantine of four items. */
final class StateMetersTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000_000);
  private static final long MINUTE_NANOS = 60_000_000_000L;

  @TempDir Path folder;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final FakeStore store = new FakeStore();
  private boolean taking = true;
  private boolean counting;
  private boolean failing;

  @Test
  void showsWhatTheDatabasesSayAndNothingWhenTheyAreAway() throws Exception {
    try (Sql sql = new Sql("jdbc:sqlite:" + folder.resolve("l.db"))) {
      Ledger ledger = new Ledger(sql, store, Clock.systemUTC());
      Quarantine quarantine = new Quarantine(sql, 4, 1_000);
      device(sql, ledger, "here", 0);
      device(sql, ledger, "late", 5);
      device(sql, ledger, "silent", 11);
      device(sql, ledger, "tidemark-doctor", 11);
      sql.write(
          connection ->
              quarantine.add(
                  connection,
                  List.of(
                      new Suspect(
                          "here", 1L, 1L, Reason.NOT_FINITE, "NaN", 7, new byte[] {1, 2, 3}, 0))));
      StateMeters states =
          new StateMeters(
              ledger,
              quarantine,
              new Presence(
                  Duration.ofMinutes(1), Duration.ofMinutes(10), Clock.fixed(NOW, ZoneOffset.UTC)),
              this::isTaking,
              () -> counting,
              store,
              folder,
              meters);
      assertThat(value("storing")).as("before the first look").isZero();
      assertThat(value("quarantine.items")).isNaN();

      states.look();
      assertThat(value("storing")).isEqualTo(1);
      assertThat(value("ledger.readings", "state", "stored")).isEqualTo(4);
      assertThat(value("ledger.readings", "state", "waiting")).isEqualTo(4 * 4);
      for (String state : List.of("missing", "dropped", "quarantined")) {
        assertThat(value("ledger.readings", "state", state)).as(state).isZero();
      }
      assertThat(value("ledger.duplicates")).as("another ingest counts them").isNaN();
      assertThat(store.scans).as("passes over the store").hasValue(0);
      assertThat(value("devices", "status", "online")).isEqualTo(1);
      assertThat(value("devices", "status", "late")).isEqualTo(1);
      assertThat(value("devices", "status", "silent")).as("without the doctor's").isEqualTo(1);
      assertThat(value("devices", "status", "disconnected")).isZero();
      assertThat(value("quarantine.items")).isEqualTo(1);
      assertThat(value("quarantine.filled")).isEqualTo(0.25);
      assertThat(value("disk.size.bytes")).isGreaterThan(value("disk.usable.bytes"));
      assertThat(value("disk.usable.bytes")).isPositive();

      taking = false;
      states.look();
      assertThat(value("storing")).as("intake is in trouble").isZero();
      taking = true;
      counting = true;
      await()
          .untilAsserted(
              () -> {
                states.look();
                assertThat(value("ledger.duplicates")).isZero();
              });
      store.away = true;
      states.look();
      assertThat(value("storing")).as("the store is away").isZero();

      store.away = false;
      failing = true;
      states.look();
      assertThat(value("quarantine.items")).as("an error is no last look").isNaN();
      failing = false;
      states.look();
      assertThat(value("quarantine.items")).isEqualTo(1);
      assertThat(value("storing")).isEqualTo(1);

      sql.write(StateMetersTest::spoil);
      states.look();
      assertThat(value("storing")).as("SQL cannot be read").isZero();
      assertThat(value("ledger.readings", "state", "stored")).isNaN();
      assertThat(value("devices", "status", "online")).isNaN();
      assertThat(value("quarantine.items")).isNaN();
    }
  }

  private static boolean spoil(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.execute("ALTER TABLE ledger_epoch RENAME TO elsewhere");
    }
  }

  private boolean isTaking() {
    if (failing) {
      throw new LinkageError("of the test");
    }
    return taking;
  }

  /** One that has numbered five readings, of which the first is stored, and was heard then. */
  private static void device(Sql sql, Ledger ledger, String name, long minutesAgo)
      throws Exception {
    LedgerChanges changes = new LedgerChanges();
    changes.declared(
        new BatchHeader(name, 1, 0, 1, 5, 0, null, false),
        NOW.getEpochSecond() * 1_000_000_000L - minutesAgo * MINUTE_NANOS);
    Reading reading = new Reading("s", "k", 1, Map.of("m", Value.of(1)));
    changes.stored(List.of(new Row(new EpochKey(name, 1), 0, reading)));
    sql.write(connection -> ledger.apply(connection, changes));
    ledger.committed(changes);
  }

  private double value(String name, String... tags) {
    Gauge gauge = meters.get("tidemark.ingest." + name).tags(tags).gauge();
    return gauge.value();
  }
}
