package io.tidemark.ingest.ledger;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.ingest.storage.TimeSeriesStore;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts surplus rows by a pass over the store, and remembers what it found: for ever while nothing
 * is written, else for {@link #AGE_MIN_MILLIS} or {@link #AGE_SHARE} times what the pass took,
 * whichever is longer. So watching the ledger costs at most a tenth of a core, however large the
 * store is.
 *
 * <p>Thread-safe; one pass at a time.
 */
final class DuplicateCount {
  private static final long AGE_MIN_MILLIS = 5_000;
  private static final long AGE_SHARE = 10;

  private final TimeSeriesStore store;
  private final Clock clock;
  private final AtomicLong writes = new AtomicLong();
  private @Nullable Duplicates found;
  private long foundAtWrite;
  private long trustedUntilNanoTime;

  DuplicateCount(TimeSeriesStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Rows have been written, or are about to be. */
  void written() {
    writes.incrementAndGet();
  }

  /** {@code fresh}: as of now, whatever it costs. */
  synchronized Duplicates get(boolean fresh) throws StoreUnavailableException {
    Duplicates last = found;
    long write = writes.get();
    if (last != null
        && (write == foundAtWrite || (!fresh && System.nanoTime() - trustedUntilNanoTime < 0))) {
      return last;
    }
    long checkedAt = Ledger.nanos(clock.instant());
    long begun = System.nanoTime();
    Map<EpochKey, Long> surplus = StoredNumbers.of(store).surplus();
    long took = System.nanoTime() - begun;
    Duplicates now = new Duplicates(surplus, checkedAt);
    found = now;
    foundAtWrite = write;
    trustedUntilNanoTime =
        System.nanoTime()
            + Math.max(TimeUnit.MILLISECONDS.toNanos(AGE_MIN_MILLIS), AGE_SHARE * took);
    return now;
  }
}
