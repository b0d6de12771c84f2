package io.tidemark.ingest.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DuplicateCountTest {
  private static final EpochKey KEY = new EpochKey("d", 1);

  private final FakeStore store = new FakeStore();
  private final DuplicateCount count = new DuplicateCount(store, Clock.systemUTC());

  @Test
  void theFirstCountOfFewRowsIsWaitedFor() throws Exception {
    store.write(List.of(row(0, 1), row(0, 2), row(1, 3)));
    assertThat(count.get(false).of(KEY)).isEqualTo(1);
    assertThat(count.get(false).checkedAtNanos()).isPositive();
  }

  @Test
  @Timeout(20) // else it would be waited for until the gate gives up
  void nobodyWaitsForTheCountOfMany() throws Exception {
    store.write(List.of(row(0, 1), row(0, 2)));
    store.scanGate = new CountDownLatch(1);
    assertThat(count.get(false)).isEqualTo(Duplicates.NOT_COUNTED);
    store.scanGate.countDown();
    Awaitility.await().until(() -> count.get(false).of(KEY) == 1);
  }

  @Test
  void freshIsAsOfNow() throws Exception {
    store.write(List.of(row(0, 1)));
    assertThat(count.get(false).total()).isZero();
    count.written();
    store.write(List.of(row(0, 2)));
    assertThat(count.get(true).total()).isEqualTo(1);
    assertThat(count.get(false).total()).isEqualTo(1);
  }

  private static Row row(long sequence, long time) {
    return new Row(KEY, sequence, new Reading("s", "k", time, Map.of("x", Value.of(1))));
  }
}
