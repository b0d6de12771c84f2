package io.tidemark.ingest.ledger;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Counts surplus rows by a pass over the store, and remembers what it found: for ever while nothing
 * is written, else for {@link #AGE_MIN_MILLIS} or {@link #AGE_SHARE} times what the pass took,
 * whichever is longer. So watching the ledger costs at most a tenth of a core, however large the
 * store is. Who asks for a fresh count gets one all the same: others may have written to the store.
 *
 * <p>A pass over many rows takes minutes, and nobody who looks at a page waits for it: it is made
 * by a thread of its own, and until it has ended what the one before found is answered. One that
 * fails is made again when somebody asks {@link #AGE_MIN_MILLIS} later or after that; the log says
 * why it failed, once for each reason.
 *
 * <p>Thread-safe; one pass at a time.
 */
final class DuplicateCount implements AutoCloseable {
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
  private final Executor background;
  private final LongSupplier nanoTime;
  private final AtomicLong writes = new AtomicLong();

  /** Passes that began. */
  private final AtomicLong passes = new AtomicLong();

  /** Held by who makes a pass. */
  private final Object passing = new Object();

  private @Nullable Duplicates found;
  private long foundAtWrite;
  private long foundByPass;
  private long dueAtNanoTime;
  private long firstPassUntilNanoTime;
  private boolean isCounting;
  private String trouble = "";
  private volatile boolean isClosed;

  DuplicateCount(TimeSeriesStore store, Clock clock) {
    this(store, clock, DuplicateCount::inThread, System::nanoTime);
  }

  DuplicateCount(TimeSeriesStore store, Clock clock, Executor background, LongSupplier nanoTime) {
    this.store = store;
    this.clock = clock;
    this.background = background;
    this.nanoTime = nanoTime;
    dueAtNanoTime = nanoTime.getAsLong();
  }

  private static void inThread(Runnable pass) {
    Thread thread = new Thread(pass, "tidemark-duplicates");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Rows are about to be written, or have just been. To be told before and after: a pass that began
   * in between need not have seen them.
   */
  void written() {
    writes.incrementAndGet();
  }

  /**
   * What was found last, which may be {@link Duplicates#NOT_COUNTED}.
   *
   * @param fresh as of now, whatever it costs
   * @throws StoreUnavailableException if it is to be fresh, and the store is away or this is closed
   */
  Duplicates get(boolean fresh) throws StoreUnavailableException {
    if (fresh) {
      long asked = passes.get();
      synchronized (passing) {
        Duplicates meanwhile = foundAfter(asked);
        return meanwhile == null ? pass() : meanwhile;
      }
    }
    if (begins()) {
      try {
        background.execute(this::passInBackground);
      } catch (Throwable e) { // There is no thread to be had.
        failed(e);
      }
    }
    return last();
  }

  /** What a pass has found that began after so many others; null if none has. */
  private synchronized @Nullable Duplicates foundAfter(long others) {
    return foundByPass > others ? found : null;
  }

  /** True if a pass is to be made in the background, by who asks. */
  private synchronized boolean begins() {
    if (isClosed || isCounting || !isDue()) {
      return false;
    }
    if (firstPassUntilNanoTime == 0) {
      firstPassUntilNanoTime =
          nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(FIRST_PASS_MILLIS);
    }
    isCounting = true;
    return true;
  }

  private synchronized boolean isDue() {
    return (found == null || writes.get() != foundAtWrite)
        && nanoTime.getAsLong() - dueAtNanoTime >= 0;
  }

  private synchronized Duplicates last() {
    while (found == null && isCounting && !isClosed) {
      long millis = TimeUnit.NANOSECONDS.toMillis(firstPassUntilNanoTime - nanoTime.getAsLong());
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
    return found == null ? Duplicates.NOT_COUNTED : found;
  }

  private void passInBackground() {
    try {
      synchronized (passing) {
        if (isDue()) {
          pass();
        }
      }
      ended();
    } catch (Throwable e) { // Whatever it was, it must not be tried again at once and for ever.
      failed(e);
    }
  }

  private synchronized void ended() {
    isCounting = false;
    notifyAll();
  }

  private void failed(Throwable e) {
    notBefore(TimeUnit.MILLISECONDS.toNanos(AGE_MIN_MILLIS));
    ended();
    if (isClosed || !isNews(e.toString())) {
      return;
    }
    if (e instanceof StoreUnavailableException) {
      LOG.warn("cannot count duplicates now, and goes on trying: " + e.getMessage());
    } else {
      LOG.error("counting duplicates failed; it is tried again", e);
    }
  }

  private synchronized boolean isNews(String why) {
    boolean news = !why.equals(trouble);
    trouble = why;
    return news;
  }

  private Duplicates pass() throws StoreUnavailableException {
    long nth = passes.incrementAndGet();
    long write = writes.get();
    long checkedAt = Ledger.nanos(clock.instant());
    long begun = nanoTime.getAsLong();
    Map<EpochKey, Long> surplus = surplus();
    long took = nanoTime.getAsLong() - begun;
    Duplicates now = new Duplicates(surplus, checkedAt);
    synchronized (this) {
      found = now;
      foundAtWrite = write;
      foundByPass = nth;
      trouble = "";
      notifyAll();
    }
    notBefore(Math.max(TimeUnit.MILLISECONDS.toNanos(AGE_MIN_MILLIS), AGE_SHARE * took));
    return now;
  }

  private Map<EpochKey, Long> surplus() throws StoreUnavailableException {
    try {
      return StoredNumbers.of(store, () -> isClosed).surplus();
    } catch (CancellationException e) {
      throw new StoreUnavailableException("ingest is stopping, and counts no duplicates", e);
    }
  }

  private synchronized void notBefore(long nanos) {
    dueAtNanoTime = nanoTime.getAsLong() + nanos;
  }

  /** Ends the pass under way at its next row; there is none afterwards. Does not wait for it. */
  @Override
  public synchronized void close() {
    isClosed = true;
    notifyAll();
  }
}
