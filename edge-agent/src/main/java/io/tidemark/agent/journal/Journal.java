package io.tidemark.agent.journal;

import io.tidemark.wire.Reading;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Store and forward on one SQLite file. Readings collect in memory and are numbered, encoded and
 * fsynced together once per commit interval; only then do they count. What the disk refuses waits
 * in bounded memory and is tried again; nothing that has a number is ever lost other than by a
 * declared drop.
 *
 * <p>One thread of its own commits. Two locks: {@link Pending}'s, never held while the disk works,
 * so that {@link #record} does not wait; and the store's, held for whole transactions. The price:
 * an acknowledgement is written down up to a second late, so a power cut repeats that second.
 */
public final class Journal implements Recorder, Outbox, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private final JournalSettings settings;
  private final Surroundings surroundings;
  private final FolderLock folder;
  private final Pending pending;
  private final Tally tally = new Tally();
  private final ReentrantLock storeLock = new ReentrantLock();
  private final Thread committer = new Thread(this::commitUntilClosed, "journal");
  private volatile Runnable news = () -> {};
  private volatile boolean closed;

  // Below: guarded by storeLock.
  private final AgeClock ageClock;
  private @Nullable OpenStore open;
  private @Nullable Attempt uncertain;
  private long retryMillis;
  private long retryAtNanos;
  private long expiryAtNanos;

  /** A transaction whose commit failed: it may or may not have happened. */
  private record Attempt(long ordinal, long nextSequence, int readings) {}

  private Journal(JournalSettings settings, Surroundings surroundings, FolderLock folder) {
    this.settings = settings;
    this.surroundings = surroundings;
    this.folder = folder;
    this.pending = new Pending(settings.commitInterval(), surroundings.monotonicNanos());
    this.ageClock = new AgeClock(surroundings.monotonicNanos());
    this.retryAtNanos = surroundings.monotonicNanos().getAsLong();
    this.expiryAtNanos = retryAtNanos;
  }

  /**
   * Opens the journal in {@code settings.dir()}, creating it where there is none and moving aside
   * what is damaged.
   *
   * @throws JournalException if the folder is in use by another process or cannot be used
   */
  public static Journal open(JournalSettings settings) throws JournalException {
    Journal journal = open(settings, Surroundings.real());
    journal.committer.setDaemon(true);
    journal.committer.start();
    return journal;
  }

  /** As above, but commits only when told to {@link #flush}. */
  static Journal open(JournalSettings settings, Surroundings surroundings) throws JournalException {
    FolderLock folder = FolderLock.acquire(settings.dir());
    Journal journal = new Journal(settings, surroundings, folder);
    try {
      journal.openStore();
    } catch (SQLException | IOException e) {
      journal.closeFolder();
      throw new JournalException(
          "the journal in %s cannot be opened: %s. Check free space and that the folder and its files are writable by this user"
              .formatted(settings.dir(), e.getMessage()),
          e);
    } catch (JournalException e) {
      journal.closeFolder();
      throw e;
    }
    return journal;
  }

  @Override
  public boolean record(Reading reading) {
    String refusal = pending.add(reading);
    if (refusal == null) {
      tally.taken();
      return true;
    }
    tally.lost(refusal);
    return false;
  }

  @Override
  public List<Parcel> take(int max) {
    storeLock.lock();
    try {
      OpenStore opened = open;
      return opened == null ? List.of() : opened.take(max, pending);
    } catch (SQLException e) {
      failed(e);
      return List.of();
    } finally {
      storeLock.unlock();
    }
  }

  @Override
  public void acknowledged(long id) {
    pending.acknowledge(id);
  }

  @Override
  public void setAside(long id, String reason) {
    pending.setAside(id, reason);
  }

  @Override
  public void putBack(long id) {
    pending.putBack(id);
  }

  @Override
  public void putBackAll() {
    pending.putBackAll();
  }

  @Override
  public List<StatusNote> statuses() {
    storeLock.lock();
    try {
      OpenStore opened = open;
      return opened == null ? List.of() : opened.statuses();
    } catch (SQLException e) {
      failed(e);
      return List.of();
    } finally {
      storeLock.unlock();
    }
  }

  @Override
  public void statusAcknowledged(StatusNote note) {
    if (!note.last()) {
      return;
    }
    storeLock.lock();
    try {
      OpenStore opened = open;
      if (opened != null && opened.closed.containsKey(note.ordinal())) {
        opened.store.begin();
        opened.store.finishEpoch(note.ordinal());
        opened.store.commit();
        opened.closed.remove(note.ordinal());
      }
    } catch (SQLException e) {
      failed(e); // the status is owed again
    } finally {
      storeLock.unlock();
    }
  }

  @Override
  public void flush() {
    boolean written;
    do {
      written = commitOnce();
    } while (written && pending.hasWork());
  }

  @Override
  public boolean isDrained() {
    storeLock.lock();
    try {
      OpenStore opened = open;
      return opened != null
          && opened.closed.isEmpty()
          && !pending.hasWork()
          && opened.store.isEmpty();
    } catch (SQLException e) {
      failed(e);
      return false;
    } finally {
      storeLock.unlock();
    }
  }

  @Override
  public void onNews(Runnable listener) {
    news = listener;
  }

  /** Safe to call from any thread. */
  public JournalCounts counts() {
    return tally.counts();
  }

  /**
   * How long readings in memory have waited to be committed, since the last commit if there was one
   * meanwhile; zero if there are none. Safe to call from any thread, and never waits for the disk.
   */
  public Duration uncommitted() {
    return Duration.ofNanos(pending.waitedNanos());
  }

  /** Commits what is in memory, if the disk lets it, and gives up the folder. */
  @Override
  public void close() {
    flush();
    closed = true;
    pending.wake();
    storeLock.lock();
    try {
      closeStore();
      closeFolder();
    } finally {
      storeLock.unlock();
    }
  }

  // Committing

  private void commitUntilClosed() {
    try {
      while (!closed) {
        pending.awaitDue(Math.max(0, retryAtNanos() - surroundings.monotonicNanos().getAsLong()));
        if (!closed) {
          commitOnce();
        }
      }
    } catch (InterruptedException e) {
      log.warn("The journal's thread was interrupted and ends; nothing more will be committed");
      Thread.currentThread().interrupt();
    }
  }

  private long retryAtNanos() {
    storeLock.lock();
    try {
      return retryAtNanos;
    } finally {
      storeLock.unlock();
    }
  }

  /** Does one transaction with what is pending. Returns false if the disk refused. */
  private boolean commitOnce() {
    boolean written = false;
    storeLock.lock();
    try {
      if (closed) {
        return false;
      }
      OpenStore opened = open;
      if (opened == null) {
        opened = openStore();
        log.info(
            "The journal's disk works again; {} readings waited in memory", pending.readings());
      }
      Pending.Work work = pending.work();
      boolean expiryDue = expiryAtNanos - surroundings.monotonicNanos().getAsLong() <= 0;
      if (!work.isEmpty() || expiryDue) {
        transact(opened, work, expiryDue);
        written = true;
      }
      if (written && retryMillis != 0) {
        log.info(
            "The journal can be written again; {} readings are still in memory",
            pending.readings());
        retryMillis = 0;
      }
    } catch (SQLException | IOException | JournalException e) {
      failed(e);
      return false;
    } catch (RuntimeException e) {
      log.error("A fault of the agent's own while committing; please report it", e);
      failed(e);
      return false;
    } finally {
      storeLock.unlock();
    }
    if (written) {
      news.run();
    }
    return true;
  }

  private void transact(OpenStore opened, Pending.Work work, boolean expiryDue)
      throws SQLException {
    Store store = opened.store;
    Transaction transaction = opened.transaction(context());
    store.begin();
    for (long id : work.acknowledged()) {
      transaction.acknowledge(id);
    }
    for (Map.Entry<Long, String> refused : work.setAside().entrySet()) {
      transaction.setAside(refused.getKey(), refused.getValue());
    }
    if (expiryDue) {
      transaction.expire(settings.maxAge().toMillis());
    }
    transaction.append(work.readings());
    store.saveClock(ageClock.now(), surroundings.wallMillis());
    uncertain =
        new Attempt(
            transaction.epoch.ordinal, transaction.epoch.nextSequence, work.readings().size());
    store.commit();
    uncertain = null;
    if (expiryDue) {
      expiryAtNanos =
          surroundings.monotonicNanos().getAsLong() + JournalSettings.EXPIRY_INTERVAL.toNanos();
    }
    if (transaction.epoch.ordinal != opened.epoch.ordinal) {
      log.warn(
          "The clock went back by more than {}; readings are numbered anew in epoch {}",
          JournalSettings.CLOCK_STEP_BACK_MAX,
          transaction.epoch.epoch);
    }
    opened.take(transaction);
    pending.done(work);
    tally.add(transaction);
  }

  private Transaction.Context context() {
    return new Transaction.Context(
        settings.maxBytes(),
        surroundings.board(),
        ageClock.now(),
        surroundings::mintEpoch,
        pending::isOut);
  }

  /**
   * What is durable stays; what is in memory is tried again with a connection of its own, after a
   * pause.
   */
  private void failed(Exception problem) {
    tally.failure();
    if (retryMillis == 0) {
      log.error(
          "The journal in {} cannot be written: {}. Readings wait in memory (at most {}) until it can; check free space and the card",
          settings.dir(),
          problem.getMessage(),
          JournalSettings.PENDING_MAX_READINGS);
    }
    retryMillis =
        Math.min(
            JournalSettings.RETRY_MAX.toMillis(),
            Math.max(JournalSettings.RETRY_MIN.toMillis(), retryMillis * 2));
    retryAtNanos =
        surroundings.monotonicNanos().getAsLong() + Duration.ofMillis(retryMillis).toNanos();
    closeStore();
  }

  // Opening and closing; callers hold storeLock, or are the only ones.

  private OpenStore openStore() throws SQLException, IOException, JournalException {
    OpenStore opened = OpenStore.open(settings, surroundings);
    Attempt attempt = uncertain;
    if (attempt != null) {
      if (opened.hasNumbered(attempt.ordinal(), attempt.nextSequence())) {
        pending.drop(attempt.readings()); // it did happen: they have their numbers
        tally.recorded(attempt.readings());
      }
      uncertain = null;
    }
    ageClock.resume(opened.store.savedAge(), opened.store.savedWall(), surroundings.wallMillis());
    tally.reset(opened.bytes, opened.waiting);
    open = opened;
    return opened;
  }

  private void closeStore() {
    OpenStore opened = open;
    open = null;
    if (opened == null) {
      return;
    }
    try {
      opened.store.close();
    } catch (SQLException e) {
      log.warn(
          "The journal could not be closed cleanly ({}); it is whole all the same", e.getMessage());
    }
  }

  private void closeFolder() {
    try {
      folder.close();
    } catch (IOException e) {
      log.warn(
          "The journal's lock could not be given up ({}); the end of this process does",
          e.getMessage());
    }
  }
}
