package io.tidemark.ingest.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
}
