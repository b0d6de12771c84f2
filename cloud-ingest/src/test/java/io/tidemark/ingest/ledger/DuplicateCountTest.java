package io.tidemark.ingest.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60) // shorter than a gate of the store stays shut: what waits for one does not get by
class DuplicateCountTest {
  private static final EpochKey KEY = new EpochKey("d", 1);

  /** Longer than a pass that failed is not made again. */
  private static final long PAUSE_NANOS = 10_000_000_000L;

  private final AtomicLong nanos = new AtomicLong();
  private final FakeStore store = new FakeStore();

  /** Waits for its first pass whatever that takes, as no time passes. */
  private final DuplicateCount count =
      new DuplicateCount(store, Clock.systemUTC(), pass -> new Thread(pass).start(), nanos::get);

  @Test
  void theFirstCountOfFewRowsIsWaitedFor() throws Exception {
    store.write(List.of(row(0, 1), row(0, 2), row(1, 3)));
    assertThat(count.get(false).of(KEY)).isEqualTo(1);
    assertThat(count.get(false).checkedAtNanos()).isPositive();
  }

  @Test
  void nobodyWaitsForTheCountOfMany() throws Exception {
    store.write(List.of(row(0, 1), row(0, 2)));
    store.scanGate = new CountDownLatch(1);
    DuplicateCount inRealTime = new DuplicateCount(store, Clock.systemUTC());
    assertThat(inRealTime.get(false)).isEqualTo(Duplicates.NOT_COUNTED);
    store.scanGate.countDown();
    Awaitility.await().until(() -> inRealTime.get(false).of(KEY) == 1);
  }

  @Test
  void freshIsAsOfNow() throws Exception {
    store.write(List.of(row(0, 1)));
    assertThat(count.get(false).total()).isZero();
    count.written();
    store.write(List.of(row(0, 2)));
    count.written();
    assertThat(count.get(true).total()).isEqualTo(1);
    assertThat(count.get(false).total()).isEqualTo(1);
    store.write(List.of(row(0, 3))); // by somebody else
    assertThat(count.get(false).total()).isEqualTo(1);
    assertThat(count.get(true).total()).isEqualTo(2);
    assertThat(count.get(false).total()).isEqualTo(2);
  }

  @Test
  @Timeout(20) // else the pass that never began would be waited for
  void aThreadThatCannotBeStartedIsTriedAgainLater() throws Exception {
    store.write(List.of(row(0, 1), row(0, 2)));
    AtomicBoolean full = new AtomicBoolean(true);
    Executor threads =
        pass -> {
          if (full.get()) {
            throw new InternalError("no thread to be had");
          }
          pass.run();
        };
    DuplicateCount atOnce = new DuplicateCount(store, Clock.systemUTC(), threads, nanos::get);
    assertThat(atOnce.get(false)).isEqualTo(Duplicates.NOT_COUNTED);
    full.set(false);
    assertThat(atOnce.get(false)).isEqualTo(Duplicates.NOT_COUNTED); // not at once
    nanos.addAndGet(PAUSE_NANOS);
    assertThat(atOnce.get(false).total()).isEqualTo(1);
  }

  @Test
  @Timeout(20)
  void aPassThatFailsWhateverForIsMadeAgainLater() throws Exception {
    store.write(List.of(row(0, 1), row(0, 2)));
    DuplicateCount atOnce =
        new DuplicateCount(store, Clock.systemUTC(), DuplicateCountTest::joined, nanos::get);
    store.scanFailure = new StackOverflowError("of a library");
    assertThat(atOnce.get(false)).isEqualTo(Duplicates.NOT_COUNTED);
    assertThat(atOnce.get(false)).isEqualTo(Duplicates.NOT_COUNTED);
    assertThat(store.scans).hasValue(1);
    store.scanFailure = null;
    nanos.addAndGet(PAUSE_NANOS);
    assertThat(atOnce.get(false).total()).isEqualTo(1);
  }

  @Test
  void theLogSaysOnceWhyNothingIsCounted() throws Exception {
    DuplicateCount atOnce = new DuplicateCount(store, Clock.systemUTC(), Runnable::run, nanos::get);
    Logger logger = Logger.getLogger(DuplicateCount.class.getName());
    List<LogRecord> logged = new ArrayList<>();
    Handler handler = handler(logged);
    logger.addHandler(handler);
    try {
      store.away = true;
      for (int pass = 0; pass < 3; pass++) {
        assertThat(atOnce.get(false)).isEqualTo(Duplicates.NOT_COUNTED);
        nanos.addAndGet(PAUSE_NANOS);
      }
      assertThat(store.scans).hasValue(3);
      assertThat(logged).hasSize(1);
      assertThat(logged.get(0).getLevel().intValue()).isEqualTo(Level.WARNING.intValue());
      assertThat(logged.get(0).getMessage()).contains("the fake store is away");

      store.away = false;
      store.scanFailure = new StackOverflowError("of a library");
      atOnce.get(false);
      assertThat(logged).hasSize(2);
      assertThat(logged.get(1).getThrown()).isSameAs(store.scanFailure);
    } finally {
      logger.removeHandler(handler);
    }
  }

  /** By the ledger: it is what is closed before the store, which else waits for the pass. */
  @Test
  void closingEndsAPassAtItsNextRowAndThereIsNoOther() throws Exception {
    Ledger ledger = new Ledger(new Sql("jdbc:sqlite::memory:"), store, Clock.systemUTC());
    store.write(List.of(row(0, 1), row(0, 2)));
    store.scanGate = new CountDownLatch(1);
    CompletableFuture<Duplicates> underWay =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return ledger.duplicates(true);
              } catch (StoreUnavailableException e) {
                throw new CompletionException(e);
              }
            });
    Awaitility.await().until(() -> store.scans.get() == 1);
    ledger.close();
    store.scanGate.countDown();
    assertThatThrownBy(underWay::join)
        .hasCauseInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("ingest is stopping");
    assertThat(ledger.duplicates(false)).isEqualTo(Duplicates.NOT_COUNTED);
    assertThatThrownBy(() -> ledger.duplicates(true)).isInstanceOf(StoreUnavailableException.class);
    assertThat(store.scans).hasValue(1);
  }

  /** In a thread of its own: what the pass throws does not come back. */
  private static void joined(Runnable pass) {
    Thread thread = new Thread(pass);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Handler handler(List<LogRecord> logged) {
    return new Handler() {
      @Override
      public void publish(LogRecord line) {
        logged.add(line);
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  private static Row row(long sequence, long time) {
    return new Row(KEY, sequence, new Reading("s", "k", time, Map.of("x", Value.of(1))));
  }
}
