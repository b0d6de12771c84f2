package io.tidemark.ingest.storage;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedStoreTest extends TimeSeriesStoreContract {
  /** With limits low enough to reach. */
  static final class EmbeddedFactory implements Factory {
    @Override
    public TimeSeriesStore open(Path folder) {
      return new EmbeddedStore(folder, 50, 10);
    }
  }

  @Override
  Factory factory() {
    return new EmbeddedFactory();
  }

  @Test
  void aReadingOfTooManyMetricsIsRefusedAndTheOthersAreTaken() throws Exception {
    store.close();
    store = new EmbeddedStore(folder, 3, 10);
    Row two = row(0, T0, "main", "k", Map.of("a", Value.of(1), "b", Value.of(1)));
    Row fourth = row(1, T0 + 1, "main", "k", Map.of("c", Value.of(1), "d", Value.of(1)));
    Row third = row(2, T0 + 2, "main", "k", Map.of("a", Value.of("text")));
    assertThat(store.write(List.of(two, fourth, third)))
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.row()).isEqualTo(fourth);
              assertThat(refusal.reason()).isEqualTo("too_many_metrics");
              assertThat(refusal.detail()).contains("3");
            });
    assertThat(all()).containsExactly(two, third);
  }

  @Test
  void aReadingOfTooManyKindsIsRefused() throws Exception {
    store.close();
    store = new EmbeddedStore(folder, 10, 1);
    Row first = row(0, T0, "main", "k1", Map.of("a", Value.of(1)));
    Row second = row(1, T0, "main", "k2", Map.of("a", Value.of(1)));
    assertThat(store.write(List.of(first, second)))
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo("too_many_kinds"));
    assertThat(all()).containsExactly(first);
  }

  /**
   * Another thread goes on writing: what is in the copy is all that was written before some moment.
   */
  @Test
  void aCopyHasAllRowsOfOneMoment(@TempDir Path elsewhere) throws Exception {
    AtomicInteger written = new AtomicInteger();
    AtomicBoolean enough = new AtomicBoolean();
    Thread other =
        new Thread(
            () -> {
              try {
                for (int i = 0; !enough.get(); i++) {
                  store.write(
                      List.of(row(i, T0 + i, "main", "k" + i % 3, Map.of("a", Value.of(i)))));
                  written.set(i + 1);
                }
              } catch (StoreUnavailableException e) {
                written.set(-1);
              }
            });
    other.start();
    await().atMost(60, SECONDS).until(() -> written.get() >= 20);
    int[] before = new int[1];
    long[] bytes = new long[1];
    Path copy = elsewhere.resolve("copy");
    boolean copied =
        store.copyTo(
            copy,
            () -> {
              await().atMost(30, SECONDS).until(() -> other.getState() == Thread.State.BLOCKED);
              before[0] = written.get();
            },
            more -> bytes[0] += more);
    int after = written.get();
    await().atMost(60, SECONDS).until(() -> written.get() > after + 20); // it goes on
    enough.set(true);
    other.join();
    assertThat(copied).isTrue();
    assertThat(bytes[0]).isPositive();
    try (TimeSeriesStore opened = factory().open(copy)) {
      List<Long> numbers = new ArrayList<>();
      opened.scan((key, sequence) -> numbers.add(sequence));
      // One may have been written and not counted yet.
      assertThat(numbers).hasSizeBetween(before[0], before[0] + 1);
      assertThat(numbers)
          .containsExactlyInAnyOrderElementsOf(
              LongStream.range(0, numbers.size()).boxed().toList());
      assertThat(
              opened.write(List.of(row(9_999, T0 + 9_999, "main", "k0", Map.of("a", Value.of(1))))))
          .isEmpty();
    }
  }
}
