package io.tidemark.sim.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.record.RecordFolder;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readings are found by their millisecond, however their batches' times overlap. */
@NullUnmarked
class ContentIndexTest {
  private static final long START = 1_700_000_000_000L;
  private static final int RANGE_MILLIS = 500;

  @TempDir Path folder;

  @Test
  void itFindsWhatLookingAtAllFinds() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    List<Reading> all = new ArrayList<>();
    long[] epochs = {11, 22};
    int[] next = new int[1];
    try (RecordFolder record =
        RecordFolder.open(
            folder,
            Map.of("payload", "senml"),
            List.of("d", "d"),
            () -> epochs[next[0]++],
            failure -> {
              throw new IllegalStateException(failure);
            })) {
      for (int stream = 0; stream < 2; stream++) {
        long first = 0;
        for (int batch = 0; batch < 60; batch++) {
          List<Reading> readings = readings(random);
          int count = readings.size();
          byte[] bytes =
              BatchCodec.encode(
                  Batch.ofReadings("d", epochs[stream], first, readings, first + count, first));
          record.writer().produced(stream, first, count, bytes, offset -> {});
          first += count;
          all.addAll(readings);
        }
      }
    }
    try (RecordIndex index = new RecordIndex(folder, 1_000)) {
      ContentIndex contents = new ContentIndex(index.index(List.of(0, 1), null).get("d"));
      assertThat(contents.size()).isEqualTo(all.size());
      for (long millis = START - 5; millis < START + RANGE_MILLIS + 5; millis++) {
        long time = millis * 1_000_000 + random.nextInt(1_000_000);
        List<Integer> expected =
            IntStream.range(0, all.size())
                .filter(i -> all.get(i).timeNanos() / 1_000_000 == time / 1_000_000)
                .boxed()
                .toList();
        assertThat(contents.around(time))
            .extracting(ContentIndex.Produced::place)
            .containsExactlyInAnyOrderElementsOf(expected);
      }
      ContentIndex.Produced last = contents.at(all.size() - 1);
      assertThat(last.stream().epoch()).isEqualTo(22);
      assertThat(last.expected().values()).isEqualTo(all.get(all.size() - 1).values());
    }
  }

  private static List<Reading> readings(SplittableRandom random) {
    long nanos = (START + random.nextInt(RANGE_MILLIS - 100)) * 1_000_000;
    List<Reading> readings = new ArrayList<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      readings.add(new Reading("s", "k", nanos, Map.of("v", Value.of(random.nextDouble()))));
      nanos += random.nextInt(20) * 1_000_000L + random.nextInt(1_000);
    }
    return readings;
  }
}
