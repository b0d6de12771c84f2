package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.storage.StoreInUseException;
import io.tidemark.ingest.storage.influx.InfluxWriterTest.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whose a database is, on a real influxd. */
@Timeout(60)
final class ClaimTest {
  private static final Duration SHORT = Duration.ofSeconds(3);
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir static Path data;
  private static InfluxServer server;

  private String database;
  private InfluxConnection connection;

  @BeforeAll
  static void start() throws Exception {
    server = InfluxServer.start(data);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void connect(TestInfo test) throws Exception {
    database = test.getTestMethod().orElseThrow().getName();
    Settings settings = new Settings();
    settings.database = database;
    settings.create = true;
    connection = new InfluxConnection(settings.at(server.url()));
    connection.ensureReady();
  }

  @AfterEach
  void disconnect() {
    connection.close();
  }

  private Claim claim(String ledger, Duration lasts) {
    return new Claim(connection, () -> ledger, lasts, System::nanoTime);
  }

  @Test
  void anotherLedgerHasToWaitAndIsToldForWhom() throws Exception {
    try (Claim ours = claim("b", LONG);
        Claim theirs = claim("a", LONG)) {
      ours.hold();
      assertThatThrownBy(theirs::hold)
          .isInstanceOf(StoreInUseException.class)
          .hasMessageContaining(database)
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining("tidemark.influx.database");
      assertThatCode(ours::hold).doesNotThrowAnyException();
      ours.close();
      assertThatCode(theirs::hold).as("given back").doesNotThrowAnyException();
    }
  }

  @Test
  void theSameLedgerGoesOnAfterACrash() throws Exception {
    Claim crashed = claim("a", LONG);
    crashed.hold();
    try (Claim again = claim("a", LONG)) {
      assertThatCode(again::hold).doesNotThrowAnyException();
    }
    crashed.close();
  }

  @Test
  void whatACrashedOneHeldEndsByItself() throws Exception {
    server.write(database, "tidemark:ingest ledger=\"b\",process=\"1@gone\"");
    try (Claim next = claim("a", SHORT)) {
      assertThatThrownBy(next::hold).isInstanceOf(StoreInUseException.class);
      Awaitility.await().ignoreExceptions().untilAsserted(next::hold);
    }
  }

  @Test
  void itIsRenewedForAsLongAsItIsHeld() throws Exception {
    try (Claim ours = claim("b", SHORT);
        Claim theirs = claim("a", SHORT)) {
      ours.hold();
      Awaitility.await("twice as long as it lasts without renewal")
          .until(
              () ->
                  server
                      .query(database, "SELECT ledger FROM \"tidemark:ingest\" LIMIT 1 OFFSET 4")
                      .contains("\"b\""));
      assertThatThrownBy(theirs::hold).isInstanceOf(StoreInUseException.class);
    }
  }

  @Test
  void whoCouldNotRenewItForLongHasToLookAgain() throws Exception {
    AtomicLong nanos = new AtomicLong(System.nanoTime());
    try (Claim ours = new Claim(connection, () -> "a", LONG, nanos::get)) {
      ours.hold();
      server.write(database, "tidemark:ingest ledger=\"b\",process=\"1@next\"");
      assertThatCode(ours::hold).doesNotThrowAnyException();
      nanos.addAndGet(LONG.toNanos());
      assertThatThrownBy(ours::hold).hasMessageContaining("1@next");
    }
  }

  @Test
  void ofTwoAtTheSameMomentTheLesserStays() throws Exception {
    try (Claim ours = claim("m", SHORT)) {
      ours.hold();
      server.write(database, "tidemark:ingest ledger=\"z\",process=\"1@greater\"");
      Awaitility.await("says again that it has it")
          .until(
              () ->
                  server
                      .query(database, "SELECT last(ledger) FROM \"tidemark:ingest\"")
                      .contains("\"m\""));
      assertThatCode(ours::hold).doesNotThrowAnyException();
      Awaitility.await("steps back")
          .untilAsserted(
              () -> {
                server.write(database, "tidemark:ingest ledger=\"a\",process=\"1@lesser\"");
                assertThatThrownBy(ours::hold).hasMessageContaining("1@lesser");
              });
    }
  }
}
