package io.tidemark.agent.journal;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One transaction under way: a working copy of the numbering, and what will have changed once it
 * has committed. Nothing in here is true before that. Confined to who holds the journal's store
 * lock.
 */
final class Transaction {
  static final String JOURNAL_FULL = "journal_full";
  static final String EXPIRED = "expired";

  private static final int EXPIRY_MAX_BATCHES = 4_096;

  private final Store store;
  private final long maxBytes;
  private final String board;
  private final long ageNow;
  private final LongSupplier mint;
  private final LongPredicate isOut;
  private final Map<Long, EpochState> closed;

  EpochState epoch;
  long bytes;
  long waiting;
  long recorded;
  long acknowledged;
  final Map<String, Long> dropped = new HashMap<>();

  /** What is asked of the transaction's surroundings. */
  record Context(
      long maxBytes, String board, long ageNow, LongSupplier mint, LongPredicate isOut) {}

  Transaction(
      Store store,
      Context context,
      EpochState epoch,
      Map<Long, EpochState> closed,
      long bytes,
      long waiting) {
    this.store = store;
    this.maxBytes = context.maxBytes();
    this.board = context.board();
    this.ageNow = context.ageNow();
    this.mint = context.mint();
    this.isOut = context.isOut();
    this.epoch = epoch.copy();
    this.closed = new HashMap<>(closed);
    this.bytes = bytes;
    this.waiting = waiting;
  }

  /** The epochs closed when this transaction ends and not finished. */
  Map<Long, EpochState> closed() {
    return closed;
  }

  void acknowledge(long id) throws SQLException {
    Store.Row row = store.batch(id);
    if (row == null) {
      return; // dropped while it was on its way; the drop is declared, and stored wins over dropped
    }
    remove(row);
    if (row.reason() == null) {
      acknowledged += row.count();
    }
  }

  void setAside(long id, String reason) throws SQLException {
    Store.Row row = store.batch(id);
    if (row == null) {
      return;
    }
    store.moveAside(row, reason);
    if (row.reason() == null) {
      waiting -= row.count();
      declare(row, reason);
    }
  }

  /** Drops, and declares, what is older than {@code maxAgeMillis}. */
  void expire(long maxAgeMillis) throws SQLException {
    for (Store.Row row : store.oldestReadings(EXPIRY_MAX_BATCHES)) {
      if (ageNow - row.ageClock() <= maxAgeMillis) {
        return;
      }
      if (!isOut.test(row.id())) {
        drop(row, EXPIRED);
      }
    }
  }

  /** Numbers the readings, in the order given, and writes them as batches. */
  void append(List<Reading> readings) throws SQLException {
    List<Reading> run = new ArrayList<>();
    Set<String> sensors = new LinkedHashSet<>();
    long runBytes = 0;
    // Half of a small journal, so that a batch never needs all of it.
    long batchMaxBytes = Math.min(JournalSettings.BATCH_MAX_BYTES, maxBytes / 2);
    for (Reading reading : readings) {
      if (epoch.isClockSetBack(reading.timeNanos())) {
        write(run, sensors);
        mintEpoch();
        runBytes = 0;
      }
      long size = estimate(reading);
      if (run.size() == JournalSettings.BATCH_MAX_READINGS || runBytes + size > batchMaxBytes) {
        write(run, sensors);
        runBytes = 0;
      }
      long time = epoch.admit(reading.sensor(), reading.timeNanos());
      run.add(
          time == reading.timeNanos()
              ? reading
              : new Reading(reading.sensor(), reading.kind(), time, reading.values()));
      sensors.add(reading.sensor());
      runBytes += size;
    }
    write(run, sensors);
  }

  /** Closes the current epoch and begins another. */
  void mintEpoch() throws SQLException {
    long number = mint.getAsLong();
    long ordinal = store.addEpoch(number, epoch.device, board);
    closed.put(epoch.ordinal, epoch);
    epoch = new EpochState(ordinal, number, epoch.device, 0, 0, Map.of());
  }

  /** An upper bound for the bytes a reading adds to a batch. */
  static long estimate(Reading reading) {
    long size = 64L + reading.sensor().length() + reading.kind().length();
    for (Map.Entry<String, Value> entry : reading.values().entrySet()) {
      size += 24 + entry.getKey().length();
      if (entry.getValue() instanceof Value.Text text) {
        size += 3L * text.value().length();
      }
    }
    return size;
  }

  private void write(List<Reading> run, Set<String> sensors) throws SQLException {
    if (run.isEmpty()) {
      return;
    }
    long first = epoch.nextSequence;
    long next = first + run.size();
    byte[] encoded =
        BatchCodec.encode(
            Batch.ofReadings(
                epoch.device,
                epoch.epoch,
                first,
                run,
                next,
                store.oldestKept(epoch.ordinal, first)));
    makeRoom(encoded.length);
    epoch.nextSequence = next;
    store.addBatch(epoch.ordinal, first, run.size(), null, ageNow, encoded);
    store.saveNumbering(epoch);
    for (String sensor : sensors) {
      store.saveLastNanos(sensor, epoch.lastNanosBySensor.getOrDefault(sensor, 0L));
    }
    bytes += encoded.length;
    waiting += run.size();
    recorded += run.size();
    run.clear();
    sensors.clear();
  }

  /**
   * First what was set aside goes, then the oldest batch not on its way, then the oldest of all.
   */
  private void makeRoom(long needed) throws SQLException {
    while (bytes + needed > maxBytes) {
      long freed = store.deleteOldestSetAside();
      if (freed > 0) {
        bytes -= freed;
        continue;
      }
      Store.Row victim = victim();
      if (victim == null) {
        return; // only declarations are left: see declare() for why they are few
      }
      drop(victim, JOURNAL_FULL);
    }
  }

  private Store.@Nullable Row victim() throws SQLException {
    List<Store.Row> oldest = store.oldestReadings(2L * JournalSettings.ACKS_MAX_UNWRITTEN);
    for (Store.Row row : oldest) {
      if (!isOut.test(row.id())) {
        return row;
      }
    }
    return oldest.isEmpty() ? null : oldest.get(0);
  }

  private void drop(Store.Row row, String reason) throws SQLException {
    remove(row);
    declare(row, reason);
  }

  private void remove(Store.Row row) throws SQLException {
    store.deleteBatch(row.id());
    bytes -= row.size();
    if (row.reason() == null) {
      waiting -= row.count();
    }
  }

  /**
   * Writes the declaration for a range that has just been removed, as one with its neighbours of
   * the same reason that are not on their way. So declarations stay few: without a connection
   * nothing is on its way and all that touch merge; with one, they have the lowest numbers and are
   * sent first.
   */
  private void declare(Store.Row gone, String reason) throws SQLException {
    long first = gone.first();
    long end = first + gone.count();
    Store.Row before = store.before(gone.ordinal(), first);
    if (before != null && isMergeable(before, reason) && before.first() + before.count() == first) {
      first = before.first();
      remove(before);
    }
    Store.Row after = store.at(gone.ordinal(), end);
    if (after != null && isMergeable(after, reason)) {
      end = after.first() + after.count();
      remove(after);
    }
    EpochState of = stateOf(gone.ordinal());
    long oldestKept = Math.min(first, store.oldestKept(of.ordinal, of.nextSequence));
    byte[] encoded =
        BatchCodec.encode(
            Batch.ofDrop(
                of.device, of.epoch, first, end - first, reason, of.nextSequence, oldestKept));
    store.addBatch(gone.ordinal(), first, end - first, reason, ageNow, encoded);
    bytes += encoded.length;
    store.addDropped(gone.ordinal(), gone.count());
    dropped.merge(reason, gone.count(), Long::sum);
  }

  private boolean isMergeable(Store.Row row, String reason) {
    return reason.equals(row.reason()) && !isOut.test(row.id());
  }

  private EpochState stateOf(long ordinal) {
    if (ordinal == epoch.ordinal) {
      return epoch;
    }
    EpochState state = closed.get(ordinal);
    if (state == null) {
      throw new IllegalStateException(
          "the journal has a batch of epoch " + ordinal + ", which it has finished");
    }
    return state;
  }
}
