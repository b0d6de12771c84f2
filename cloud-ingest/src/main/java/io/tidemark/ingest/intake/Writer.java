package io.tidemark.ingest.intake;

import io.tidemark.ingest.intake.Classifier.Candidate;
import io.tidemark.ingest.intake.Classifier.Sorted;
import io.tidemark.ingest.intake.CrashPoint.Moment;
import io.tidemark.ingest.intake.Intents.Noted;
import io.tidemark.ingest.ledger.Actions;
import io.tidemark.ingest.ledger.Interval;
import io.tidemark.ingest.ledger.Ledger;
import io.tidemark.ingest.ledger.LedgerChanges;
import io.tidemark.ingest.ledger.Range;
import io.tidemark.ingest.ledger.RebuildReport;
import io.tidemark.ingest.ledger.State;
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
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Writes chunks: intents, then rows, then ledger and quarantine. After a failure, and at the start,
 * it first finds out what of the intents left behind became rows, so that the ledger it decides by
 * is right. Those rows are written once more: a database may show what it never acknowledged and
 * will not have after its next start (InfluxDB 1.x on a full disk does). Used by one thread at a
 * time, which has the ledger's lock.
 */
final class Writer {
  /** How long what others write is waited for, in seconds, by who is not of the intake. */
  private static final int OTHERS_MAX_SECONDS = 20;

  private static final int OTHERS_POLL_MILLIS = 20;

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
  private final Claims claims;
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
    claims = new Claims(sql, System::nanoTime);
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
      settle(claims.own());
      if (!sql.isShared()) {
        settle(claims.leftBehind()); // by another version of this program
      }
      settled = true;
    } finally {
      ledger.writing().unlock();
    }
  }

  /** Finds out what became of what ingests left behind that are gone. */
  void takeOver() throws SqlUnavailableException, StoreUnavailableException {
    ledger.writing().lock();
    try {
      settle(claims.leftBehind());
    } finally {
      ledger.writing().unlock();
    }
  }

  private void settle(List<Noted> notes) throws SqlUnavailableException, StoreUnavailableException {
    if (notes.isEmpty()) {
      return;
    }
    List<NumberQuery> runs =
        notes.stream().filter(noted -> !noted.isEverything()).map(Noted::run).toList();
    for (NumberQuery run : runs) { // of another, perhaps: where it wrote is not remembered here
      store.writtenElsewhere(run.key().device(), run.fromNanos(), run.toNanos());
    }
    LedgerChanges changes = new LedgerChanges();
    long now = Ledger.nanos(clock.instant());
    List<Row> rows = durable(unknown(runs)); // of the few chunks that were under way
    Lateness lateness = new Lateness(now, lateAfterNanos, changes);
    for (Row row : rows) {
      changes.found(row.key(), row.sequence(), now);
      lateness.stored(row, null);
    }
    lateness.end();
    long unused =
        commit(
            changes,
            connection -> {
              claims.clear(connection, notes);
              return List.of();
            },
            rows);
  }

  /** The rows of these numbers that the ledger does not have as stored. */
  private List<Row> unknown(List<NumberQuery> runs)
      throws SqlUnavailableException, StoreUnavailableException {
    Map<EpochKey, Range> spans = new HashMap<>();
    for (NumberQuery run : runs) {
      spans.merge(
          run.key(),
          new Range(run.first(), run.last()),
          (a, b) -> new Range(Math.min(a.first(), b.first()), Math.max(a.last(), b.last())));
    }
    Map<EpochKey, List<Interval>> recorded = ledger.recorded(spans);
    List<Row> unknown = new ArrayList<>();
    for (NumberQuery run : runs) {
      List<Interval> stored =
          recorded.getOrDefault(run.key(), List.of()).stream()
              .filter(interval -> interval.state() == State.STORED)
              .toList();
      for (Row row : store.numbers(run)) {
        long number = row.sequence();
        if (stored.stream().noneMatch(i -> i.first() <= number && number <= i.last())) {
          unknown.add(row);
        }
      }
    }
    return unknown;
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
      return sql.isShared() ? rebuildAlone(dryRun) : ledger.rebuild(dryRun);
    } finally {
      ledger.writing().unlock();
    }
  }

  /**
   * Has all other ingests pause, and waits for what they have under way. Who is taken for gone
   * meanwhile has no pause any more: so the note that made it is given back in the transaction that
   * repairs, which fails if it is not there.
   */
  private RebuildReport rebuildAlone(boolean dryRun)
      throws SqlUnavailableException, StoreUnavailableException {
    Sql.Work<Boolean> release =
        connection -> {
          claims.release(connection, List.of(Intents.EVERYTHING));
          return true;
        };
    boolean done = false;
    try {
      claims.announce();
      await(() -> !claims.isAnybodyWriting());
      RebuildReport report = ledger.rebuild(dryRun, release);
      if (dryRun) {
        boolean unused = sql.write(release);
      }
      done = true;
      return report;
    } finally {
      settled &= done;
    }
  }

  /** What is waited for. */
  private interface Condition {
    boolean holds() throws SqlUnavailableException, StoreUnavailableException;
  }

  private void await(Condition condition)
      throws SqlUnavailableException, StoreUnavailableException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(OTHERS_MAX_SECONDS);
    while (!condition.holds()) {
      if (System.nanoTime() - end > 0) {
        throw new SqlUnavailableException(
            "another ingest has been writing for %d s; try again".formatted(OTHERS_MAX_SECONDS),
            null);
      }
      takeOver();
      try {
        Thread.sleep(OTHERS_POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SqlUnavailableException("interrupted while another ingest was writing", e);
      }
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
      await(() -> claims.take(chunk.claims()));
      long unused = finish(begin(chunk));
      committed = true;
    } finally {
      settled = committed;
    }
  }

  /** Notes what is in a chunk; false if another ingest is writing some of it: try again soon. */
  boolean claim(Chunk chunk) throws SqlUnavailableException {
    return claims.take(chunk.claims());
  }

  /**
   * Decides what is new of the chunk that was noted last, and gives it to the store. Another may be
   * under way, if they do not overlap. The caller has the ledger's lock until {@link #finish}
   * returned, or the store does nothing of it any more and {@link #doubt} was called.
   */
  Writing begin(Chunk chunk) throws SqlUnavailableException, StoreUnavailableException {
    long notingNanoTime = claims.notingNanoTime();
    if (!chunk.claims().isEmpty()) {
      crashPoint.reached(Moment.INTENT_COMMITTED);
    }
    listener.beginning();
    Sorted sorted = classifier.sort(chunk);
    List<Row> rows = sorted.fresh.stream().map(Candidate::row).toList();
    return new Writing(chunk, sorted, rows, stored(rows, notingNanoTime));
  }

  private CompletableFuture<List<Refusal>> stored(List<Row> rows, long notingNanoTime) {
    if (rows.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    CompletableFuture<List<Refusal>> stored = new CompletableFuture<>();
    storing.execute(
        () -> {
          try {
            requireInTime(notingNanoTime);
            stored.complete(put(rows));
          } catch (Throwable e) { // thrown where it is waited for
            stored.completeExceptionally(e);
          }
        });
    return stored;
  }

  /** Who was held up for long may have been taken for gone by another, who writes the same now. */
  private void requireInTime(long notingNanoTime) throws StoreUnavailableException {
    long heldUpNanos = System.nanoTime() - notingNanoTime;
    if (sql.isShared() && heldUpNanos > TimeUnit.SECONDS.toNanos(Claims.BEGIN_MAX_SECONDS)) {
      throw new StoreUnavailableException(
          "was held up for %d s before it could write; tries again"
              .formatted(TimeUnit.NANOSECONDS.toSeconds(heldUpNanos)),
          null);
    }
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
              claims.release(connection, writing.chunk().claims());
              known.addAll(quarantine.add(connection, suspects));
              shelf.makeRoom(connection, changes, now);
              again[0] = countRedelivered(sorted, known, changes);
              return known;
            },
            rows);
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
        },
        List.of());
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

  /**
   * One transaction of what {@code first} does, and then the ledger's changes.
   *
   * @param rows that are new in it
   */
  private long commit(LedgerChanges changes, Sql.Work<List<Suspect>> first, List<Row> rows)
      throws SqlUnavailableException {
    long tick =
        sql.write(
            connection -> {
              List<Suspect> unused = first.with(connection);
              long applied = ledger.apply(connection, changes);
              listener.committing(connection, rows, changes.devices());
              return applied;
            });
    ledger.committed(changes);
    return tick;
  }
}
