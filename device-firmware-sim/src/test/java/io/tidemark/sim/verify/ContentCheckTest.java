package io.tidemark.sim.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.FakeApi;
import io.tidemark.sim.FakeApi.StoredRow;
import io.tidemark.sim.record.RecordFolder;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three readings without numbers: one that was acknowledged, one refused, one on its way. */
@NullUnmarked
class ContentCheckTest {
  private static final long START = 1_700_000_000_000_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final long GATEWAY = 77;

  @TempDir Path folder;

  @Test
  void whatWasNotAcknowledgedIsNeitherMovedNorAlteredByAnotherRun() throws Exception {
    try (FakeApi api = new FakeApi()) {
      produce();
      api.deliver(List.of(Batch.ofForeign("d", GATEWAY, 0, List.of(reading(0)))));
      for (int other = 0; other < 3; other++) {
        Reading moved = new Reading("s", "telemetry", START - SECOND * 9, reading(other).values());
        api.add(new StoredRow("d", 5, 10 + other, moved));
        Reading altered =
            new Reading("s", "telemetry", reading(other).timeNanos(), Map.of("v", Value.of(9)));
        api.add(new StoredRow("d", 5, 20 + other, altered));
      }
      Verdict verdict =
          new Verifier(folder, api.url(), Duration.ZERO, Origin.UNKNOWN, line -> {}).verify();
      assertThat(verdict.problems())
          .extracting(Problem::kind)
          .containsExactly(Problem.Kind.REFUSED);
      assertThat(verdict.sums()).isEqualTo(new Sums(3, 1, 1, 0, 0, 1, 0, 1, 1));
      assertThat(verdict.foreignRows()).isEqualTo(6);
    }
  }

  private void produce() throws Exception {
    try (RecordFolder record =
        RecordFolder.open(
            folder,
            Map.of("payload", "senml"),
            List.of("d"),
            () -> 11L,
            failure -> {
              throw new IllegalStateException(failure);
            })) {
      for (int i = 0; i < 3; i++) {
        byte[] bytes =
            BatchCodec.encode(Batch.ofReadings("d", 11, i, List.of(reading(i)), i + 1, i));
        record.writer().produced(0, i, 1, bytes, offset -> {});
      }
      record.writer().acknowledged(0, 0, 1, false);
      record.writer().refused(0, 1, 1, "0x99", "no");
    }
  }

  private static Reading reading(int number) {
    return new Reading(
        "s", "telemetry", START + number * SECOND, Map.of("v", Value.of(number / 7.0)));
  }
}
