package io.tidemark.ingest.ledger;

import io.tidemark.ingest.ledger.EpochLedger.MissingRange;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The ledger. Per device and epoch each number is the first that holds of stored, quarantined,
 * dropped, waiting and missing. The first three are recorded as intervals; a number in none is
 * missing if it is below the epoch's settled {@code oldestKept}, else it waits.
 *
 * <p>One thread at a time writes, holding {@link #writing()} from before it decides what is new
 * until that is committed; any may read.
 */
public final class Ledger implements AutoCloseable {
  /** Most ranges listed of one epoch and sort. */
  public static final int RANGES_MAX = 10_000;

  /** How long a barrier lasts at least, in milliseconds: settling looks at every epoch. */
  private static final long BARRIER_MIN_MILLIS = 250;

  private static final int KNOWN_SERIES_MAX = 100_000;

  private final Sql sql;
  private final TimeSeriesStore store;
  private final Clock clock;

  /** Fair: under load, who wants to look at or change the ledger gets a turn. */
  private final ReentrantLock writing = new ReentrantLock(true);

  private final DuplicateCount duplicates;
  private final Set<LedgerChanges.Series> knownSeries = new HashSet<>();
  private final Set<String> knownGroups = new HashSet<>();

  /**
   * Whether a barrier has begun since the start: none is believed that an earlier process began.
   */
  private boolean hasBegun;

  private volatile long tick;

  /** A ledger in {@code sql} of the rows in {@code store}. Does nothing yet. */
  public Ledger(Sql sql, TimeSeriesStore store, Clock clock) {
    this.sql = sql;
    this.store = store;
    this.clock = clock;
    duplicates = new DuplicateCount(store, clock);
  }

  /** Held while rows and intervals may disagree. */
  public ReentrantLock writing() {
    return writing;
  }

  /** A time in nanoseconds since 1970 UTC. */
  public static long nanos(Instant time) {
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }

  /** What is recorded of these numbers, ascending in each epoch. */
  public Map<EpochKey, List<Interval>> recorded(Map<EpochKey, Range> numbers)
      throws SqlUnavailableException {
    return sql.read(
        connection -> {
          Map<EpochKey, List<Interval>> recorded = new HashMap<>();
          try (Statements statements = new Statements(connection)) {
            for (Map.Entry<EpochKey, Range> epoch : numbers.entrySet()) {
              Range range = epoch.getValue();
              recorded.put(
                  epoch.getKey(),
                  LedgerSql.intervals(statements, epoch.getKey(), range.first(), range.last()));
            }
          }
          return recorded;
        });
  }

  /** What these epochs have produced so far; nothing of those that are not known. */
  public Map<EpochKey, Long> produced(Set<EpochKey> epochs) throws SqlUnavailableException {
    if (epochs.isEmpty()) {
      return new HashMap<>();
    }
    return sql.read(
        connection -> {
          Map<EpochKey, Long> produced = new HashMap<>();
          try (Statements statements = new Statements(connection)) {
            for (EpochKey epoch : epochs) {
              produced.put(epoch, LedgerSql.produced(statements, epoch));
            }
          }
          return produced;
        });
  }

  /**
   * Rows are about to be written, or have just been, whether or not that went well. To be told
   * before and after, or a count of duplicates is taken to be of rows that it has not seen.
   */
  public void rowsChange() {
    duplicates.written();
  }

  /**
   * Records changes within a transaction, and settles what can be settled.
   *
   * @return the tick to answer with, once the transaction is committed
   */
  public long apply(Connection connection, LedgerChanges changes) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      for (Map.Entry<EpochKey, LedgerChanges.EpochChange> epoch : changes.epochs().entrySet()) {
        LedgerSql.declare(statements, epoch.getKey(), epoch.getValue());
        record(statements, epoch.getKey(), epoch.getValue());
        for (Late late : epoch.getValue().late) {
          Lates.keep(statements, epoch.getKey(), late, Lates.INTERVALS_MAX);
        }
      }
      for (LastWill will : changes.wills()) {
        LastWills.keep(statements, will);
      }
    }
    for (LedgerChanges.Series series : changes.series()) {
      if (!knownSeries.contains(series)) {
        LedgerSql.series(connection, series);
      }
    }
    for (GroupReport group : changes.groups().values()) {
      LedgerSql.group(connection, group);
    }
    for (String group : changes.known()) {
      if (!knownGroups.contains(group)) {
        LedgerSql.known(connection, group);
      }
    }
    return settle(connection, changes);
  }

  /** The transaction in which {@code changes} were applied is committed. */
  public void committed(LedgerChanges changes) {
    hasBegun = true;
    if (knownSeries.size() > KNOWN_SERIES_MAX) {
      knownSeries.clear();
    }
    knownSeries.addAll(changes.series());
    knownGroups.addAll(changes.known());
  }

  private static void record(Statements statements, EpochKey key, LedgerChanges.EpochChange change)
      throws SQLException {
    List<Interval> all = new ArrayList<>(change.intervals);
    all.addAll(change.released);
    if (all.isEmpty()) {
      return;
    }
    long first = all.stream().mapToLong(Interval::first).min().orElseThrow();
    long last = all.stream().mapToLong(Interval::last).max().orElseThrow();
    // One further on each side, so that neighbours are joined.
    List<Interval> before = LedgerSql.intervals(statements, key, Math.max(0, first - 1), last + 1);
    Intervals intervals = new Intervals(before);
    change.intervals.forEach(intervals::put);
    for (Interval released : change.released) {
      intervals.remove(State.QUARANTINED, released.first(), released.last());
      intervals.put(released);
    }
    LedgerSql.replace(statements, key, before, intervals.all());
  }

  private long settle(Connection connection, LedgerChanges changes) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      BarrierSql.Read read = BarrierSql.read(statements);
      Barrier before = read.barrier();
      boolean isBehind =
          BarrierSql.raise(statements, before.tick(), changes.groups().values(), clock.millis());
      Barrier current =
          read.begunMillis() == 0 || !hasBegun || isBehind
              ? begin(connection, statements)
              : new Barrier(before.tick(), before.targets(), before.passed());
      changes.known().forEach(current::known);
      changes.groups().values().forEach(current::report);
      if (isOld(read.begunMillis()) && current.isPassed()) {
        nameMissing(connection);
        LedgerSql.settle(connection);
        current = begin(connection, statements);
      }
      BarrierSql.replace(statements, before, current);
      tick = current.tick();
      return current.tick();
    }
  }

  /** By the clock of another ingest it may have begun later than now. */
  private boolean isOld(long begunMillis) {
    long age = clock.millis() - begunMillis;
    return begunMillis > 0 && (age >= BARRIER_MIN_MILLIS || age < 0);
  }

  private void nameMissing(Connection connection) throws SQLException {
    long now = nanos(clock.instant());
    for (LedgerSql.Settling epoch : LedgerSql.settling(connection)) {
      long end = Math.min(epoch.pending(), epoch.produced()) - 1;
      List<Interval> intervals = LedgerSql.intervals(connection, epoch.key(), epoch.settled(), end);
      for (Range gap : Intervals.gaps(intervals, epoch.settled(), end)) {
        LedgerSql.missing(connection, epoch.key(), gap, now);
      }
    }
  }

  private Barrier begin(Connection connection, Statements statements) throws SQLException {
    Barrier begun =
        new Barrier(LedgerSql.increment(connection, "tick"), LedgerSql.groups(connection));
    LedgerSql.snapshotOldestKept(connection);
    BarrierSql.begun(statements, clock.millis());
    return begun;
  }

  /** The sums of everything, with these duplicates. */
  public Sums totals(Duplicates surplus) throws SqlUnavailableException {
    return sql.read(connection -> LedgerSql.epochs(connection, null)).stream()
        .map(EpochRow::sums)
        .reduce(Sums.ZERO, Sums::plus)
        .withDuplicates(surplus.total());
  }

  /**
   * Surplus rows; {@code fresh}: counted now, else when they were last, which may be never since
   * the start.
   */
  public Duplicates duplicates(boolean fresh) throws StoreUnavailableException {
    return duplicates.get(fresh);
  }

  /** Devices known. */
  public long devices() throws SqlUnavailableException {
    return sql.read(LedgerSql::deviceCount);
  }

  /** When a gateway last received something valid of each device, in nanoseconds since 1970 UTC. */
  public Map<String, Long> lastSeen() throws SqlUnavailableException {
    return sql.read(LedgerSql::lastSeen);
  }

  /** Gateway groups and how far each said it was, those that have ended among them. */
  public List<GroupReport> groups() throws SqlUnavailableException {
    return sql.read(LedgerSql::groups);
  }

  /** Up to {@code limit} devices after {@code device} (from the first if null), by name. */
  public List<DeviceSummary> devicesAfter(@Nullable String device, int limit)
      throws SqlUnavailableException, StoreUnavailableException {
    return devicesAfter(device, limit, duplicates.get(false));
  }

  /** The same with these duplicates: none are counted. */
  public List<DeviceSummary> devicesAfter(@Nullable String device, int limit, Duplicates surplus)
      throws SqlUnavailableException {
    return sql.read(
        connection ->
            summaries(
                connection, LedgerSql.epochsOfDevicesAfter(connection, device, limit), surplus));
  }

  /** One device at a glance, or null if it is not known. */
  public @Nullable DeviceSummary summary(String device)
      throws SqlUnavailableException, StoreUnavailableException {
    Duplicates surplus = duplicates.get(false);
    List<DeviceSummary> found =
        sql.read(
            connection -> summaries(connection, LedgerSql.epochs(connection, device), surplus));
    return found.isEmpty() ? null : found.get(0);
  }

  private static List<DeviceSummary> summaries(
      Connection connection, List<EpochRow> epochs, Duplicates surplus) throws SQLException {
    if (epochs.isEmpty()) {
      return List.of();
    }
    Map<String, List<EpochRow>> byDevice = new TreeMap<>();
    epochs.forEach(
        epoch -> byDevice.computeIfAbsent(epoch.key().device(), d -> new ArrayList<>()).add(epoch));
    String first = epochs.get(0).key().device();
    String last = epochs.get(epochs.size() - 1).key().device();
    Map<String, List<String>> sensors = LedgerSql.sensors(connection, first, last);
    Map<String, LastWill> wills = LastWills.between(connection, first, last);
    List<DeviceSummary> summaries = new ArrayList<>();
    byDevice.forEach(
        (device, rows) ->
            summaries.add(
                new DeviceSummary(
                    device,
                    rows.stream().mapToLong(EpochRow::firstSeenNanos).min().orElseThrow(),
                    rows.stream().mapToLong(EpochRow::lastSeenNanos).max().orElseThrow(),
                    sensors.getOrDefault(device, List.of()),
                    rows.stream()
                        .map(EpochRow::sums)
                        .reduce(Sums.ZERO, Sums::plus)
                        .withDuplicates(surplus.of(device)),
                    wills.get(device))));
    return summaries;
  }

  /**
   * All there is to say of a device's epochs, with these duplicates, ascending; empty if it is not
   * known.
   */
  public List<EpochLedger> epochs(String device, Duplicates surplus)
      throws SqlUnavailableException {
    return sql.read(
        connection -> {
          List<EpochLedger> epochs = new ArrayList<>();
          for (EpochRow epoch : LedgerSql.epochs(connection, device)) {
            epochs.add(describe(connection, epoch, surplus.of(epoch.key())));
          }
          return epochs;
        });
  }

  /**
   * What a device produced and there is no row of, by epoch, the one last heard of last; of each at
   * most {@link #RANGES_MAX} ranges, the newest.
   */
  public List<UnstoredEpoch> unstored(String device) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          List<UnstoredEpoch> all = new ArrayList<>();
          for (EpochRow epoch :
              LedgerSql.epochs(connection, device).stream()
                  .sorted(Comparator.comparingLong(EpochRow::lastSeenNanos))
                  .toList()) {
            long last = epoch.sums().produced() - 1;
            List<Unstored> ranges =
                Unstoreds.of(LedgerSql.intervals(connection, epoch.key(), 0, last), epoch);
            boolean more = ranges.size() > RANGES_MAX;
            all.add(
                new UnstoredEpoch(
                    epoch.key().epoch(),
                    epoch.sums().produced(),
                    more ? ranges.subList(ranges.size() - RANGES_MAX, ranges.size()) : ranges,
                    more));
          }
          return all;
        });
  }

  private static EpochLedger describe(Connection connection, EpochRow epoch, long surplus)
      throws SQLException {
    long produced = epoch.sums().produced();
    List<Interval> intervals = LedgerSql.intervals(connection, epoch.key(), 0, produced - 1);
    List<Range> gaps = Intervals.gaps(intervals, 0, produced - 1);
    List<Range> missing = Intervals.gaps(intervals, 0, Math.min(epoch.settledKept(), produced) - 1);
    List<Interval> dropped =
        intervals.stream().filter(interval -> interval.state() == State.DROPPED).toList();
    List<MissingRange> named =
        Missing.since(missing, LedgerSql.missing(connection, epoch.key()), epoch.lastSeenNanos());
    return new EpochLedger(
        epoch.key().epoch(),
        epoch.firstSeenNanos(),
        epoch.lastSeenNanos(),
        epoch.sums().withDuplicates(surplus),
        gaps.isEmpty() ? produced : gaps.get(0).first(),
        named.stream().limit(RANGES_MAX).toList(),
        dropped.stream().limit(RANGES_MAX).toList(),
        named.size() > RANGES_MAX || dropped.size() > RANGES_MAX);
  }

  /**
   * Recomputes what is stored from the rows. Waits for the write under way and holds up the next.
   * For who knows that no row is in doubt: see {@code Intake.rebuild}.
   *
   * @param dryRun true to only tell of differences
   */
  public RebuildReport rebuild(boolean dryRun)
      throws SqlUnavailableException, StoreUnavailableException {
    return rebuild(dryRun, connection -> true);
  }

  /**
   * The same.
   *
   * @param first done at the beginning of the transaction that repairs; nothing is changed if it
   *     fails. Not done if {@code dryRun}
   */
  public RebuildReport rebuild(boolean dryRun, Sql.Work<Boolean> first)
      throws SqlUnavailableException, StoreUnavailableException {
    writing.lock();
    try {
      duplicates.written();
      StoredNumbers rows = StoredNumbers.of(store, () -> false);
      long now = nanos(clock.instant());
      if (dryRun) {
        return sql.read(connection -> new Rebuild(connection, rows, now).run(true));
      }
      return sql.write(
          connection -> {
            boolean unused = first.with(connection);
            return new Rebuild(connection, rows, now).run(false);
          });
    } finally {
      writing.unlock();
    }
  }

  /** The tick of the barrier under way; 0 before the first. */
  public long tick() {
    return tick;
  }

  /**
   * Counts no duplicates any more, and ends the count under way, which the store would else wait
   * for when it is closed. All else goes on.
   */
  @Override
  public void close() {
    duplicates.close();
  }
}
