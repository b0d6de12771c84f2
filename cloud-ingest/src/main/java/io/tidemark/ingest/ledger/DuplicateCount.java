package io.tidemark.ingest.ledger;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Counts surplus rows by a pass over the store, and remembers what it found: for ever while nothing
 * is written, else for {@link #AGE_MIN_MILLIS} or {@link #AGE_SHARE} times what the pass took,
 * whichever is longer. So watching the ledger costs at most a tenth of a core, however large the
 * store is.
 *
 * <p>A pass over many rows takes minutes, and nobody who looks at a page waits for it: it is made
 * by a thread of its own, and until it has ended what the one before found is answered.
 * Thread-safe; one pass at a time.
 */
final class DuplicateCount {
  private static final Logger LOG = Logger.getLogger(DuplicateCount.class);
  private static final long AGE_MIN_MILLIS = 5_000;
  private static final long AGE_SHARE = 10;

  /**
   * How long the first pass may be waited for, in milliseconds from its beginning: that of a small
   * store is soon over.
   */
  private static final long FIRST_PASS_MILLIS = 500;

  private final TimeSeriesStore store;
  private final Clock clock;
  private final AtomicLong writes = new AtomicLong();
  private final AtomicBoolean isCounting = new AtomicBoolean();

  /** Held by who makes a pass. */
  private final Object passing = new Object();

  private @Nullable Duplicates found;
  private long foundAtWrite;
  private long dueAtNanoTime = System.nanoTime();
  private long firstPassUntilNanoTime;

  DuplicateCount(TimeSeriesStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Rows have been written, or are about to be. */
  void written() {
    writes.incrementAndGet();
  }

  /**
   * What was found last, which may be {@link Duplicates#NOT_COUNTED}.
   *
   * @param fresh as of now, whatever it costs
   * @throws StoreUnavailableException if it is to be fresh, and the store is away
   */
  Duplicates get(boolean fresh) throws StoreUnavailableException {
    if (fresh) {
      synchronized (passing) {
        Duplicates last = current();
        return last == null ? pass() : last;
      }
    }
    if (isDue() && isCounting.compareAndSet(false, true)) {
      Thread thread = new Thread(this::passInBackground, "tidemark-duplicates");
      thread.setDaemon(true);
      thread.start();
    }
    return last();
  }

  private synchronized @Nullable Duplicates current() {
    return writes.get() == foundAtWrite ? found : null;
  }

  private synchronized boolean isDue() {
    if (found == null && firstPassUntilNanoTime == 0) {
      firstPassUntilNanoTime = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FIRST_PASS_MILLIS);
    }
    return (found == null || writes.get() != foundAtWrite)
        && System.nanoTime() - dueAtNanoTime >= 0;
  }

  private synchronized Duplicates last() {
    while (found == null) {
      long millis = TimeUnit.NANOSECONDS.toMillis(firstPassUntilNanoTime - System.nanoTime());
      if (millis <= 0) {
        return Duplicates.NOT_COUNTED;
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Duplicates.NOT_COUNTED;
      }
    }
    return found;
  }

  private void passInBackground() {
    try {
      synchronized (passing) {
        if (isDue()) {
          pass();
        }
      }
    } catch (StoreUnavailableException e) {
      LOG.debug("duplicates are not counted while the store is away", e);
      notBefore(TimeUnit.MILLISECONDS.toNanos(AGE_MIN_MILLIS));
    } catch (RuntimeException e) {
      LOG.error("counting duplicates failed; it is tried again", e);
      notBefore(TimeUnit.MILLISECONDS.toNanos(AGE_MIN_MILLIS));
    } finally {
      isCounting.set(false);
    }
  }

  private Duplicates pass() throws StoreUnavailableException {
    long write = writes.get();
    long checkedAt = Ledger.nanos(clock.instant());
    long begun = System.nanoTime();
    Map<EpochKey, Long> surplus = StoredNumbers.of(store).surplus();
    long took = System.nanoTime() - begun;
    Duplicates now = new Duplicates(surplus, checkedAt);
    synchronized (this) {
      found = now;
      foundAtWrite = write;
      notifyAll();
    }
    notBefore(Math.max(TimeUnit.MILLISECONDS.toNanos(AGE_MIN_MILLIS), AGE_SHARE * took));
    return now;
  }

  private synchronized void notBefore(long nanos) {
    dueAtNanoTime = System.nanoTime() + nanos;
  }
}
