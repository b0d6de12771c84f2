package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.alerts.Touched.Times;
import io.tidemark.ingest.storage.EpochKey;
import io.tidemark.ingest.storage.FakeStore;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is read together, and how much at a time. */
final class SamplesTest {
  private static final long HOUR = 3_600 * Bench.SECOND;
  private static final long NOW = Bench.T0;

  private final FakeStore store = new FakeStore();

  private void value(String device, long time) throws Exception {
    store.write(
        List.of(
            new Row(
                new EpochKey(device, 1),
                time,
                new Reading("s", "k", time, Map.of("t", Value.of(1))))));
  }

  @Test
  void devicesThatReachBackAsFarAreReadTogether() {
    Samples samples = new Samples(store, HOUR, 100);
    Map<String, Times> within =
        Map.of(
            "a", new Times(NOW - 10, NOW),
            "b", new Times(NOW - HOUR / 2, NOW),
            "c", new Times(NOW - 4 * HOUR, NOW),
            "d", new Times(NOW - 7 * HOUR, NOW),
            "e", new Times(NOW - 200_000 * HOUR, NOW),
            "f", new Times(NOW + HOUR, NOW + HOUR));
    assertThat(samples.parts(within, 2, NOW))
        .containsExactly(List.of("a", "b"), List.of("f"), List.of("c", "d"), List.of("e"));
  }

  @Test
  void moreThanMayBeHeldIsReadInPiecesOneAfterTheOther() throws Exception {
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      times.add(NOW + (long) i * i);
      value("a", NOW + (long) i * i);
    }
    value("a", NOW - 1); // outside
    List<Long> lasts = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    new Samples(store, HOUR, 3)
        .read(
            "t",
            List.of("a"),
            Map.of("a", new Times(NOW, NOW + 361)),
            tracks -> {
              int[] size = new int[1];
              tracks.forEach(
                  (series, track) -> {
                    lasts.add(track.lastTime());
                    size[0] += track.size();
                  });
              sizes.add(size[0]);
            });
    assertThat(lasts).isSorted().last().isEqualTo(NOW + 361);
    assertThat(sizes).allMatch(size -> size <= 3);
    assertThat(sizes.stream().mapToInt(size -> size).sum()).isEqualTo(times.size());
  }
}
