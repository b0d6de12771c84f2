package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.TemporaryFolder;
import io.tidemark.ingest.storage.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** In whatever order readings come, and whenever ingest restarts, the verdict is the same. */
final class LateReadingsProperties {
  private static final int READINGS = 40;
  private static final int APART_SECONDS = 20;

  /** All lie within the look-back. */
  private static final double GAPS_UNTIL_SECONDS = 2_000;

  @Property(tries = 12)
  void theVerdictDoesNotDependOnTheOrder(@ForAll long seed, @ForAll @IntRange(max = 2) int disorder)
      throws Exception {
    Random random = new Random(seed);
    List<Double> seconds = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    double second = 0;
    double value = 80;
    for (int i = 0; i < READINGS; i++) {
      boolean isGap = random.nextInt(10) == 0 && second < GAPS_UNTIL_SECONDS;
      second += isGap ? 320 : 1 + random.nextInt(APART_SECONDS);
      value = Math.max(70, Math.min(90, value + random.nextGaussian() * 4));
      seconds.add(second);
      values.add(value);
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < READINGS; i++) {
      order.add(i);
    }
    if (disorder == 1) {
      Collections.shuffle(order, random);
    } else if (disorder == 2) {
      Collections.rotate(order.subList(5, READINGS), 1 + random.nextInt(READINGS - 6));
    }
    assertThat(judged(seconds, values, order, random))
        .isEqualTo(judged(seconds, values, null, random));
  }

  /** Episodes that stand at the end; with {@code order} null: of all readings in one round. */
  private static List<String> judged(
      List<Double> seconds, List<Double> values, List<Integer> order, Random random)
      throws Exception {
    try (TemporaryFolder folder = new TemporaryFolder();
        Bench bench = new Bench(folder.path())) {
      bench.hot(",'hysteresis':3");
      double now = seconds.get(READINGS - 1);
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < READINGS; i++) {
        rows.add(bench.row("a", seconds.get(i), values.get(i)));
      }
      if (order == null) {
        bench.values(rows);
      } else {
        for (int i : order) {
          bench.values(List.of(rows.get(i)));
          switch (random.nextInt(4)) {
            case 0 -> bench.restart();
            case 1, 2 -> bench.round(now);
            default -> {} // several come between two rounds
          }
        }
      }
      bench.round(now);
      List<String> episodes = new ArrayList<>(bench.episodes());
      episodes.removeIf(episode -> episode.startsWith("("));
      return episodes;
    }
  }
}
