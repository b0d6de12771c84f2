package io.tidemark.ingest.intake;

import io.tidemark.ingest.intake.Classifier.Candidate;
import io.tidemark.ingest.intake.Classifier.Sorted;
import io.tidemark.ingest.intake.CrashPoint.Moment;
import io.tidemark.ingest.ledger.Actions;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.ledger.RebuildReport;
import io.tidemark.ingest.quarantine.Quarantine;
import io.tidemark.ingest.quarantine.Quarantined;
import io.tidemark.ingest.quarantine.Reason;
import io.tidemark.ingest.quarantine.Suspect;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.NumberQuery;
import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import java.time.Clock;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/**
 * Writes chunks: intents, then rows, then ledger and quarantine. After a failure, and at the start,
 * it first finds out what of the intents left behind became rows, so that the ledger it decides by
 * is right. Those rows are written once more: a database may show what it never acknowledged and
 * will not have after its next start (InfluxDB 1.x on a full disk does). Used by one thread at a
 * time, which has the ledger's lock.
 */
final class Writer {
  private final Sql sql;
  private final TimeSeriesStore store;
  private final Ledger ledger;
  private final Quarantine quarantine;
  private final Classifier classifier;
  private final IntakeCounters counters;
  private final IntakeListener listener;
  private final Clock clock;
  private final CrashPoint crashPoint;
  private final Shelf shelf;
  private final Executor storing;
  private final long lateAfterNanos;
  private volatile boolean settled;

  Writer(
      Sql sql,
      TimeSeriesStore store,
      Ledger ledger,
      Quarantine quarantine,
      IntakeCounters counters,
      IntakeListener listener,
      Clock clock,
      CrashPoint crashPoint,
      Executor storing,
      long lateAfterNanos) {
    this.sql = sql;
    this.store = store;
    this.ledger = ledger;
    this.quarantine = quarantine;
    this.counters = counters;
    this.listener = listener;
    this.clock = clock;
    this.crashPoint = crashPoint;
    this.storing = storing;
    this.lateAfterNanos = lateAfterNanos;
    shelf = new Shelf(quarantine, new Actions(sql), counters);
    classifier = new Classifier(ledger, store);
  }

  /** True if nothing is in doubt. */
  boolean isSettled() {
    return settled;
  }

  /** Finds out what became of intents left behind; does nothing if there can be none. */
  void settle() throws SqlUnavailableException, StoreUnavailableException {
    if (settled) {
      return;
    }
    ledger.writing().lock();
    try {
      LedgerChanges changes = new LedgerChanges();
      long now = Ledger.nanos(clock.instant());
      List<Row> seen = new ArrayList<>(); // of the few chunks that were under way
      for (NumberQuery intent : sql.read(Intents::all)) {
        seen.addAll(store.numbers(intent));
      }
      Lateness lateness = new Lateness(now, lateAfterNanos, changes);
      for (Row row : durable(seen)) {
        changes.found(row.key(), row.sequence(), now);
        lateness.stored(row, null);
      }
      lateness.end();
      commit(
          changes,
          connection -> {
            Intents.clear(connection);
            return List.of();
          });
      settled = true;
    } finally {
      ledger.writing().unlock();
    }
  }

  /**
   * Writes rows that can be seen already, so that they are acknowledged; returns those that are.
   */
  private List<Row> durable(List<Row> seen) throws StoreUnavailableException {
    if (seen.isEmpty()) {
      return seen;
    }
    Set<Row> refused = put(seen).stream().map(Refusal::row).collect(Collectors.toUnmodifiableSet());
    return seen.stream().filter(row -> !refused.contains(row)).toList();
  }

  private List<Refusal> put(List<Row> rows) throws StoreUnavailableException {
    ledger.rowsChange();
    try {
      return store.write(rows);
    } finally {
      ledger.rowsChange();
    }
  }

  /**
   * Recomputes what is stored from the rows, once nothing is in doubt: what is only visible is no
   * row.
   *
   * @param dryRun true to only tell of differences
   */
  RebuildReport rebuild(boolean dryRun) throws SqlUnavailableException, StoreUnavailableException {
    ledger.writing().lock();
    try {
      settle();
      return ledger.rebuild(dryRun);
    } finally {
      ledger.writing().unlock();
    }
  }

  /**
   * Writes a chunk, and returns when it is committed. The caller has the ledger's lock, and nothing
   * is under way.
   *
   * @throws SqlUnavailableException if it is not known what is committed
   * @throws StoreUnavailableException if it is not known what is durable
   */
  void write(Chunk chunk) throws SqlUnavailableException, StoreUnavailableException {
    settle();
    boolean committed = false;
    try {
      finish(begin(chunk));
      committed = true;
    } finally {
      settled = committed;
    }
  }

  /**
   * Decides what is new of a chunk, notes it, and gives it to the store. Another chunk may be under
   * way, if they do not overlap. The caller has the ledger's lock until {@link #finish} returned,
   * or the store does nothing of it any more and {@link #doubt} was called.
   */
  Writing begin(Chunk chunk) throws SqlUnavailableException, StoreUnavailableException {
    Sorted sorted = classifier.sort(chunk);
    List<Row> rows = sorted.fresh.stream().map(Candidate::row).toList();
    List<NumberQuery> intents = Intents.of(rows);
    if (!rows.isEmpty()) {
      sql.write(
          connection -> {
            Intents.add(connection, intents);
            return true;
          });
      crashPoint.reached(Moment.INTENT_COMMITTED);
    }
    return new Writing(chunk, sorted, rows, intents, stored(rows));
  }

  private CompletableFuture<List<Refusal>> stored(List<Row> rows) {
    if (rows.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    CompletableFuture<List<Refusal>> stored = new CompletableFuture<>();
    storing.execute(
        () -> {
          try {
            stored.complete(put(rows));
          } catch (Throwable e) { // thrown where it is waited for
            stored.completeExceptionally(e);
          }
        });
    return stored;
  }

  /**
   * Waits for the store, and commits to the ledger.
   *
   * @return the tick to answer with
   */
  long finish(Writing writing) throws SqlUnavailableException, StoreUnavailableException {
    List<Refusal> refusals = writing.refusals();
    crashPoint.reached(Moment.ROWS_COMMITTED);
    Sorted sorted = writing.sorted();
    LedgerChanges changes = new LedgerChanges();
    long now = Ledger.nanos(clock.instant());
    for (Job job : writing.chunk().finished()) {
      changes.group(job.report());
      changes.known(job.request().groups());
    }
    for (Parcel parcel : sorted.valid) {
      declare(changes, parcel, now);
    }
    writing.chunk().wills().forEach(will -> changes.will(will.last(now)));
    List<Row> rows = withoutRefused(writing, refusals, changes, now);
    sorted
        .suspects
        .keySet()
        .forEach(
            suspect -> {
              Long epoch = suspect.epoch();
              Long sequence = suspect.sequence();
              if (epoch != null && sequence != null) {
                changes.quarantined(new EpochKey(suspect.device(), epoch), sequence);
              }
            });
    List<Suspect> suspects = new ArrayList<>(sorted.suspects.keySet());
    long[] again = new long[1];
    List<Suspect> known = new ArrayList<>();
    long tick =
        commit(
            changes,
            connection -> {
              Intents.remove(connection, writing.intents());
              known.addAll(quarantine.add(connection, suspects));
              shelf.makeRoom(connection, changes, now);
              again[0] = countRedelivered(sorted, known, changes);
              return known;
            });
    crashPoint.reached(Moment.LEDGER_COMMITTED);
    known.forEach(sorted.suspects::remove);
    counters.committed(rows.size(), List.copyOf(sorted.suspects.keySet()), again[0]);
    Set<String> devices = changes.devices();
    if (!devices.isEmpty()) {
      listener.committed(rows, devices);
    }
    return tick;
  }

  /** Something was begun and not finished: what became of it is found out by {@link #settle}. */
  void doubt() {
    settled = false;
  }

  private static void declare(LedgerChanges changes, Parcel parcel, long now) {
    Batch batch = parcel.batch;
    if (batch == null) {
      return;
    }
    BatchHeader header = batch.header();
    changes.declared(header, Math.min(parcel.receivedAtNanos, now));
    String reason = header.dropReason();
    if (reason != null) {
      changes.dropped(
          Classifier.key(batch),
          header.firstSequence(),
          header.firstSequence() + header.count() - 1,
          reason);
    }
  }

  /** Moves what the store refuses to the suspects, and returns the rows there are now. */
  private List<Row> withoutRefused(
      Writing writing, List<Refusal> refusals, LedgerChanges changes, long now) {
    IdentityHashMap<Row, Refusal> refused = new IdentityHashMap<>();
    refusals.forEach(refusal -> refused.put(refusal.row(), refusal));
    List<Row> stored = new ArrayList<>(writing.rows().size());
    Lateness lateness = new Lateness(now, lateAfterNanos, changes);
    for (Candidate candidate : writing.sorted().fresh) {
      Row row = candidate.row();
      Refusal refusal = refused.get(row);
      if (refusal == null) {
        stored.add(row);
        lateness.stored(row, candidate.parcel());
      } else {
        Reason reason = Reason.of(refusal.reason()).orElse(Reason.STORE_REFUSED);
        writing
            .sorted()
            .suspects
            .put(Classifier.suspect(candidate, reason, refusal.detail()), candidate.parcel());
      }
    }
    lateness.end();
    changes.stored(stored);
    return stored;
  }

  private static long countRedelivered(Sorted sorted, List<Suspect> known, LedgerChanges changes) {
    for (Suspect suspect : known) {
      Parcel parcel = sorted.suspects.get(suspect);
      if (parcel != null) {
        parcel.redelivered = true;
      }
    }
    long again = 0;
    for (Parcel parcel : sorted.valid) {
      if (parcel.redelivered && parcel.replayed == null && parcel.batch != null) {
        changes.redelivered(Classifier.key(parcel.batch));
        again++;
      }
    }
    return again;
  }

  /**
   * Takes items away for good, and says so in the ledger, all in one transaction.
   *
   * @param also done in it, too
   */
  void discard(List<Quarantined> items, String note, Sql.Work<Boolean> also)
      throws SqlUnavailableException {
    LedgerChanges changes = new LedgerChanges();
    long now = Ledger.nanos(clock.instant());
    commit(
        changes,
        connection -> {
          shelf.discard(connection, items, note, changes, now);
          Boolean unused = also.with(connection);
          return List.of();
        });
  }

  /**
   * Takes away what has become a row; tells of all of it in the ledger.
   *
   * @param also done in the same transaction
   */
  void replayed(List<Quarantined> items, Set<Long> stored, Sql.Work<Boolean> also)
      throws SqlUnavailableException {
    long now = Ledger.nanos(clock.instant());
    sql.write(
        connection -> {
          shelf.replayed(connection, items, stored, now);
          return also.with(connection);
        });
  }

  /** One transaction of what {@code first} does, and then the ledger's changes. */
  private long commit(LedgerChanges changes, Sql.Work<List<Suspect>> first)
      throws SqlUnavailableException {
    boolean committed = false;
    try {
      long tick =
          sql.write(
              connection -> {
                first.with(connection);
                return ledger.apply(connection, changes);
              });
      committed = true;
      ledger.committed(changes);
      return tick;
    } finally {
      if (!committed) {
        ledger.rolledBack();
      }
    }
  }
}
