package io.tidemark.ingest.replicas;

import io.tidemark.ingest.ledger.LedgerIdentity;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Keeps what this ingest remembers true to what the others on the same database do: notes its own
 * changes in the log, and reads those of the others from it four times a second. While somebody
 * listens to the live stream here, the readings of all come from there too, its own among them, so
 * that they have the same numbers everywhere and a listener may go on at another ingest.
 *
 * <p>With a database that is this ingest's alone it does nothing. Thread-safe.
 */
public final class ChangeFeed implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.tidemark.ingest.replicas");
  private static final long PERIOD_MILLIS = 250;
  private static final int PAGE_CHANGES = 50;

  /**
   * So long after the last listener has gone readings are kept for whoever comes back; told to the
   * others again when half of it is over. Their clocks may differ by less than that.
   */
  static final Duration LISTENED = Duration.ofSeconds(60);

  private final boolean isShared;
  private final Sql sql;
  private final ChangeLog log;
  private final Follower follower;
  private final LiveSink sink;
  private final Clock clock;
  private final AtomicBoolean woken = new AtomicBoolean();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "tidemark-changes");
            thread.setDaemon(true);
            return thread;
          });

  /** The last change that was read; -1 before the first look. */
  private long seen = -1;

  private boolean isLive;
  private long listenedMillis;
  private long toldMillis;

  /**
   * Does nothing yet.
   *
   * @param isShared whether other ingests may be on this database
   * @param readingsMax readings kept for those who listen
   */
  public ChangeFeed(
      Sql sql, boolean isShared, int readingsMax, Follower follower, LiveSink sink, Clock clock) {
    this.isShared = isShared;
    this.sql = sql;
    this.log = new ChangeLog(sql, readingsMax);
    this.follower = follower;
    this.sink = sink;
    this.clock = clock;
  }

  /** Whether other ingests may be on this database. */
  public boolean isShared() {
    return isShared;
  }

  /** Begins to read what others change. */
  public void start() {
    if (isShared) {
      // Its result says nothing: a look reports its own failures.
      var unused =
          timer.scheduleWithFixedDelay(this::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Notes what a transaction of this ingest changes, within it. */
  public void note(Connection connection, List<Row> rows, Collection<String> devices)
      throws SQLException {
    if (isShared) {
      log.add(connection, sql.ingest(), rows, devices, clock.millis());
    }
  }

  /** Rows are about to be written: what others have committed until now is known afterwards. */
  public synchronized void beginning() throws SqlUnavailableException {
    if (isShared) {
      read();
    }
  }

  /** A transaction of this ingest is committed: its listeners need not wait for the next look. */
  public void committed() {
    if (isShared && sink.hasListeners() && woken.compareAndSet(false, true)) {
      timer.execute(this::look);
    }
  }

  /**
   * Somebody is about to listen: when this returns, the sink has the newest readings that are kept,
   * and gets those to come. Blocks.
   */
  public synchronized void listen() throws SqlUnavailableException {
    if (!isShared) {
      return;
    }
    long now = clock.millis();
    listenedMillis = now;
    if (isLive) {
      read(); // who comes from another ingest may have heard more there than was read here yet
      return;
    }
    tell(now);
    read();
    begin();
    isLive = true;
  }

  private void tell(long now) throws SqlUnavailableException {
    log.listen(sql.ingest(), now, now + LISTENED.toMillis());
    toldMillis = now;
  }

  private void begin() throws SqlUnavailableException {
    List<Change> tail = log.tail(seen);
    String ledger = LedgerIdentity.of(sql);
    if (tail.isEmpty()) {
      sink.begin(ledger, 0);
      return;
    }
    Change first = tail.get(0);
    sink.begin(ledger, first.readings() == null ? first.endEvent() : first.firstEvent());
    tail.stream().filter(change -> change.readings() != null).forEach(this::toSink);
  }

  void look() {
    woken.set(false);
    try {
      lookNow();
    } catch (SqlUnavailableException e) {
      LOG.debug("what other ingests have changed is read later", e);
    } catch (RuntimeException | Error e) { // thrown on, it would be the last look
      LOG.error("reading what other ingests have changed failed; it is tried again", e);
    }
  }

  private synchronized void lookNow() throws SqlUnavailableException {
    long now = clock.millis();
    if (isLive) {
      if (sink.hasListeners()) {
        listenedMillis = now;
      }
      isLive = now - listenedMillis < LISTENED.toMillis();
    }
    if (isLive && now - toldMillis > LISTENED.toMillis() / 2) {
      tell(now);
    }
    read();
    follower.looks();
  }

  private void read() throws SqlUnavailableException {
    if (seen < 0) {
      seen = log.last();
      follower.missed();
    }
    List<Change> page;
    do {
      page = log.after(seen, PAGE_CHANGES, isLive);
      page.forEach(this::take);
    } while (page.size() == PAGE_CHANGES);
  }

  private void take(Change change) {
    if (change.id() != seen + 1) {
      follower.missed();
      if (isLive) {
        sink.missed(change.firstEvent());
      }
    }
    seen = change.id();
    if (!change.owner().equals(sql.ingest())) {
      change
          .devices()
          .forEach(
              (device, of) -> {
                if (of.readings() > 0) {
                  follower.stored(device, of.readings(), of.from(), of.to());
                }
                follower.changed(device);
              });
    }
    if (isLive && change.events() > 0) {
      toSink(change);
    }
  }

  private void toSink(Change change) {
    List<Row> readings = change.readings() == null ? List.of() : change.readings();
    long first = change.endEvent() - readings.size();
    if (first > change.firstEvent()) {
      sink.missed(first);
    }
    sink.readings(first, readings);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
