package io.tidemark.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.ledger.Late;
import io.tidemark.ingest.ledger.Lates;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.sql.OnEachDatabase;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was stored late is noted once, with the times of both. */
@Timeout(120)
@OnEachDatabase
final class LateTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long HOUR = 3_600 * SECOND;

  private final FakeStore store = new FakeStore();
  private final long now = Ledger.nanos(Instant.now());
  private Rig rig;
  private Lates lates;

  @BeforeEach
  void start(@TempDir Path temp) {
    rig = new Rig(temp, store);
    lates = new Lates(rig.sql, Duration.ofSeconds(60));
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  /** Readings a second apart, the first of them taken then. */
  private static byte[] batch(long first, int count, long taken, String kind) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readings.add(new Reading("main", kind, taken + i * SECOND, Map.of("v", Value.of(1.0))));
    }
    return Rig.batch("d", first, readings);
  }

  private void send(long received, byte[]... batches) throws Exception {
    List<Delivery> deliveries = new ArrayList<>();
    for (byte[] batch : batches) {
      deliveries.add(new Delivery("d", batch));
    }
    rig.send(new ForwardRequest("g1", 1, 1, 0, List.of(new LogEntry("g1", received, deliveries))));
  }

  private List<Late> late() throws Exception {
    return lates.between("d", Long.MIN_VALUE, Long.MAX_VALUE, 1_000);
  }

  @Test
  void whatIsStoredInTimeIsNotLateNorIsWhatAClockAheadSays() throws Exception {
    send(now, batch(0, 10, now - 20 * SECOND, "k"), batch(10, 10, now + HOUR, "k"));
    assertThat(late()).isEmpty();
    assertThat(lates.sum("d").readings()).isZero();
    assertThat(lates.sum("d").newest()).isNull();
  }

  @Test
  void itIsSaidHowLateAndWhenItWasTakenAndStored() throws Exception {
    send(now - 10 * SECOND, batch(0, 10, now - HOUR, "k"), batch(10, 5, now, "k"));
    Late late = late().get(0);
    assertThat(late())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.epoch()).isEqualTo(Rig.EPOCH);
              assertThat(it.first()).isZero();
              assertThat(it.last()).isEqualTo(9);
              assertThat(it.readings()).isEqualTo(10);
              assertThat(it.fromNanos()).isEqualTo(now - HOUR);
              assertThat(it.toNanos()).isEqualTo(now - HOUR + 9 * SECOND);
              assertThat(it.atGatewayNanos()).isEqualTo(HOUR - 10 * SECOND);
              assertThat(it.storedFromNanos()).isEqualTo(it.storedToNanos());
              assertThat(it.mostNanos()).isEqualTo(it.storedToNanos() - it.fromNanos());
              assertThat(it.leastNanos()).isEqualTo(it.storedToNanos() - it.toNanos());
            });
    assertThat(late.storedToNanos()).isBetween(now, Ledger.nanos(Instant.now()));
    assertThat(lates.sum("d").readings()).isEqualTo(10);
    assertThat(lates.sum("d").mostNanos()).isEqualTo(late.mostNanos());
    assertThat(lates.sum("d").newest()).isEqualTo(late);
    assertThat(lates.between("d", now - HOUR + 9 * SECOND, now, 10)).hasSize(1);
    assertThat(lates.between("d", now - HOUR + 10 * SECOND, now, 10)).isEmpty();
    assertThat(lates.between("d", 0, now - HOUR, 10)).isEmpty();
  }

  @Test
  void neighboursAreOneWhateverOrderTheyComeInAndARedeliveryChangesNothing() throws Exception {
    send(now, batch(20, 10, now - HOUR + 20 * SECOND, "k"));
    send(now, batch(0, 10, now - HOUR, "k"));
    assertThat(late()).extracting(Late::first).containsExactly(0L, 20L);
    byte[] middle = batch(10, 10, now - HOUR + 10 * SECOND, "k");
    send(now, middle);
    List<Late> before = late();
    assertThat(before).extracting(Late::readings).containsExactly(30L);
    assertThat(before.get(0).fromNanos()).isEqualTo(now - HOUR);
    assertThat(before.get(0).toNanos()).isEqualTo(now - HOUR + 29 * SECOND);
    assertThat(before.get(0).storedFromNanos()).isLessThan(before.get(0).storedToNanos());
    send(now, middle);
    assertThat(rig.sums().redelivered()).isEqualTo(1);
    assertThat(late()).isEqualTo(before);
  }

  @Test
  void whatTheStoreRefusesIsNotStoredLate() throws Exception {
    send(now, batch(0, 3, now - HOUR, "k"), batch(3, 3, now - HOUR, store.refusedKind));
    assertThat(late()).extracting(Late::readings).containsExactly(3L);
  }

  /** After a failure rows are found, of which it is not known when a gateway received them. */
  @Test
  void whatIsFoundAfterAFailureIsCountedOnce() throws Exception {
    store.failAfterWriting = true;
    byte[] batch = batch(0, 10, now - HOUR, "k");
    assertThatThrownBy(() -> send(now, batch)).isInstanceOf(BusyException.class);
    send(now, batch);
    assertThat(rig.sums().redelivered()).isEqualTo(1);
    assertThat(late()).extracting(Late::readings).containsExactly(10L);
    assertThat(late()).extracting(Late::atGatewayNanos).containsOnlyNulls();
  }

  @Test
  void noMoreAreLateThanAreStored() throws Exception {
    send(now, batch(0, 10, now - HOUR, "k"), batch(20, 10, now - HOUR + 20 * SECOND, "k"));
    EpochKey key = new EpochKey("d", Rig.EPOCH);
    LongStream.concat(LongStream.range(0, 4), LongStream.range(20, 30))
        .forEach(number -> store.remove(key, number));
    rig.intake.rebuild(true);
    assertThat(lates.sum("d").readings()).isEqualTo(20);
    rig.intake.rebuild(false);
    assertThat(rig.sums().stored()).isEqualTo(6);
    assertThat(late()).extracting(Late::readings).containsExactly(6L);
  }

  @Test
  void whatIsReplayedIsStoredOnlyThen() throws Exception {
    send(now - HOUR, batch(0, 1, now - HOUR, store.refusedKind));
    store.refusedKind = "";
    long item = rig.quarantined().get(0).id();
    assertThat(rig.intake.quarantineActions().replay(item).orElseThrow().gone()).isTrue();
    assertThat(late()).extracting(Late::readings).containsExactly(1L);
    assertThat(late().get(0).atGatewayNanos()).as("in time").isZero();
    assertThat(late().get(0).mostNanos()).isGreaterThanOrEqualTo(HOUR);
  }

  @Test
  void theSettingHasBounds() {
    for (Duration after : List.of(Duration.ofMillis(999), Duration.ofDays(31))) {
      assertThatThrownBy(() -> new Lates(rig.sql, after))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("tidemark.intake.late-after must be from PT1S to PT720H");
    }
  }
}
