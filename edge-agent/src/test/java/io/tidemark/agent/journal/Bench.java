package io.tidemark.agent.journal;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import io.tidemark.wire.WireFormatException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A journal on a bench: with a wall clock, a running clock, a board and a disk that do as told. */
final class Bench {
  static final Instant START = Instant.parse("2026-05-01T00:00:00Z");

  final Path dir;
  String device = "pi-1";
  String board = "";
  Instant now = START;
  long runningNanos = 1;
  long maxBytes = 64 << 20;
  Duration maxAge = Duration.ofDays(30);
  @Nullable String failBeforeCommit;
  @Nullable String failAfterCommit;
  long maxPages;
  private int made;

  Bench(Path dir) {
    this.dir = dir;
  }

  /** Commits only when told to flush. */
  Journal open() throws JournalException {
    return Journal.open(
        new JournalSettings(dir, device, maxBytes, maxAge, Duration.ofHours(1)),
        new Surroundings(() -> now, () -> runningNanos, board, FaultyStore::new));
  }

  /** A reading taken now. */
  Reading reading(String sensor) {
    return reading(sensor, now);
  }

  Reading reading(String sensor, Instant time) {
    return new Reading(
        sensor,
        "test",
        time.getEpochSecond() * 1_000_000_000L + time.getNano(),
        Map.of("x", Value.of((double) made++)));
  }

  /** Records and commits {@code count} readings as one batch. */
  void batch(Journal journal, int count) {
    for (int i = 0; i < count; i++) {
      now = now.plusMillis(10);
      journal.record(reading("s"));
    }
    journal.flush();
  }

  void passes(Duration time) {
    now = now.plus(time);
    runningNanos += time.toNanos();
  }

  static Batch decode(Parcel parcel) {
    return decode(parcel.bytes());
  }

  static Batch decode(byte[] bytes) {
    try {
      return BatchCodec.decode(bytes);
    } catch (WireFormatException e) {
      throw new AssertionError("the journal made a batch that does not decode", e);
    }
  }

  /** Takes and acknowledges all there is. */
  static List<Batch> deliverAll(Journal journal) {
    List<Batch> delivered = new ArrayList<>();
    List<Parcel> parcels = journal.take(7);
    while (!parcels.isEmpty()) {
      for (Parcel parcel : parcels) {
        delivered.add(decode(parcel));
        journal.acknowledged(parcel.id());
      }
      journal.flush();
      parcels = journal.take(7);
    }
    return delivered;
  }

  /** A store whose disk fails when told to. */
  private final class FaultyStore extends Store {
    FaultyStore(Path file) throws SQLException {
      super(file);
      if (maxPages > 0) {
        execute("PRAGMA max_page_count=" + maxPages);
      }
    }

    @Override
    void commit() throws SQLException {
      if (failBeforeCommit != null) {
        throw new SQLException(failBeforeCommit);
      }
      super.commit();
      if (failAfterCommit != null) {
        throw new SQLException(failAfterCommit);
      }
    }
  }
}
