package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.ledger.DeviceSummary;
import io.tidemark.ingest.ledger.LastWill;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.Sums;
import io.tidemark.ingest.sql.FormerDatabase;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A will is the device's last words, and changes nothing of its readings. */
@Timeout(60)
@OnEachDatabase
final class LastWillTest {
  private static final long MINUTE = 60_000_000_000L;

  @TempDir Path folder;
  private Rig rig;

  @BeforeEach
  void open() {
    rig = new Rig(folder, new FakeStore());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static Delivery readings(long first) {
    return new Delivery("d", Rig.batch("d", first, Rig.readings(first, 2)));
  }

  private static Delivery will(String words) {
    return Delivery.ofWill("d", "devices/d/status", words.getBytes(StandardCharsets.UTF_8));
  }

  private static LogEntry entry(long receivedAtNanos, Delivery... deliveries) {
    return new LogEntry("g1", receivedAtNanos, List.of(deliveries));
  }

  private void send(LogEntry... entries) throws Exception {
    rig.send(new ForwardRequest("g1", 1, 1, 0, Arrays.asList(entries)));
  }

  private DeviceSummary device() throws Exception {
    return rig.ledger.summary("d");
  }

  private void assertLastWords(String words, boolean disconnected) throws Exception {
    LastWill will = device().will();
    assertThat(will).isNotNull();
    assertThat(will.topic()).isEqualTo("devices/d/status");
    assertThat(will.payload()).asString(StandardCharsets.UTF_8).isEqualTo(words);
    assertThat(device().isDisconnected()).as("disconnected").isEqualTo(disconnected);
    assertThat(rig.ledger.devicesAfter(null, 10)).extracting(d -> d.will() != null).contains(true);
  }

  @Test
  void itIsKeptAndChangesNothingElse() throws Exception {
    send(entry(Rig.T0, readings(0)));
    assertThat(device().will()).isNull();
    assertThat(device().isDisconnected()).isFalse();
    Sums before = rig.sums();
    long seen = device().lastSeenNanos();
    for (int i = 0; i < 2; i++) { // and again, as it may come
      send(entry(Rig.T0 + MINUTE, will("{\"not\": a batch")));
      assertLastWords("{\"not\": a batch", true);
      assertThat(device().will().receivedAtNanos()).isEqualTo(Rig.T0 + MINUTE);
      assertThat(device().lastSeenNanos()).as("it was not the device that spoke").isEqualTo(seen);
      assertThat(rig.sums()).isEqualTo(before);
      assertThat(rig.quarantined()).isEmpty();
      assertThat(rig.counter("tidemark.ingest.readings.received")).isEqualTo(2);
    }
  }

  @Test
  void whatComesNextMakesItHistory() throws Exception {
    send(entry(Rig.T0, readings(0)));
    send(entry(Rig.T0 + MINUTE, will("gone")));
    send(entry(Rig.T0 + 2 * MINUTE, readings(2)));
    assertLastWords("gone", false);
    send(entry(Rig.T0 + MINUTE, will("gone")));
    assertLastWords("gone", false);
    send(entry(Rig.T0 + 3 * MINUTE, will("gone again")));
    assertLastWords("gone again", true);
    send(entry(Rig.T0 + MINUTE, will("gone")));
    assertLastWords("gone again", true);
  }

  @Test
  void orderDecidesWithinARequest() throws Exception {
    send(entry(Rig.T0, readings(0), will("gone"), readings(2)));
    assertLastWords("gone", false);
    send(entry(Rig.T0 + 1, readings(4), will("again")));
    assertLastWords("again", true);
    send(entry(Rig.T0 + 2, will("first"), will("second")), entry(Rig.T0 + 2, readings(6)));
    assertLastWords("second", false);
  }

  @Test
  void ofSeveralThatComeTogetherTheNewestIsKept() throws Exception {
    send(entry(Rig.T0, readings(0)));
    send(entry(Rig.T0 + 2, will("newer")), entry(Rig.T0 + 1, will("older")));
    assertLastWords("newer", true);
  }

  @Test
  void aGatewayWhoseClockIsAheadMakesNoDifference() throws Exception {
    long ahead = Ledger.nanos(Instant.now()) + 60 * MINUTE;
    send(entry(ahead, readings(0)));
    send(entry(ahead + 1, will("gone")));
    assertLastWords("gone", true);
    send(entry(ahead + 2, readings(2)));
    assertLastWords("gone", false);
    send(entry(ahead + 1, will("gone")));
    assertLastWords("gone", false);
  }

  @Test
  void ofADeviceThatIsNotKnownNothingIsKept() throws Exception {
    send(entry(Rig.T0, will("gone")));
    assertThat(device()).isNull();
    assertThat(
            rig.sql.<Boolean>read(
                connection -> {
                  try (Statement statement = connection.createStatement()) {
                    return statement.executeQuery("SELECT 1 FROM last_will").next();
                  }
                }))
        .isFalse();
    send(entry(Rig.T0 + 1, will("gone"), readings(0)));
    assertLastWords("gone", false);
  }

  @Test
  void itOutlivesARestart() throws Exception {
    send(entry(Rig.T0, readings(0), will("gone")));
    rig.close();
    rig = new Rig(folder, new FakeStore());
    assertLastWords("gone", true);
  }

  @Test
  void aDatabaseOfTheSecondVersionIsTakenOver() throws Exception {
    Path file = folder.resolve("old.db");
    FormerDatabase.make(
        file,
        2,
        "INSERT INTO ledger_epoch (device, epoch, next_sequence, oldest_kept, pending_kept, settled_kept,"
            + " redelivered, first_seen, last_seen) VALUES ('d', 1, 5, 0, 0, 0, 0, 1, 2)");
    try (Sql sql = new Sql("jdbc:sqlite:" + file)) {
      DeviceSummary device = new Ledger(sql, new FakeStore(), Clock.systemUTC()).summary("d");
      assertThat(device.sums().produced()).isEqualTo(5);
      assertThat(device.will()).isNull();
    }
  }
}
