package io.tidemark.ingest.storage.influx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What may be taken is never called free; batches that overtake each other are. */
final class TakenProperties {
  private static final int BEFORE = 20;
  private static final int TIMES = 200;

  @Property
  void whatWasWrittenIsNeverFree(@ForAll long seed) {
    Random random = new Random(seed);
    Taken taken = new Taken(BEFORE);
    boolean[] written = new boolean[TIMES];
    for (int time = 0; time <= BEFORE; time++) {
      written[time] = true; // for all that is known
    }
    for (int write = 0; write < 30; write++) {
      List<Span> spans = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        int first = random.nextInt(TIMES);
        spans.add(new Span(first, Math.min(TIMES - 1, first + random.nextInt(20))));
      }
      if (taken.isFree(spans)) {
        assertThat(spans).noneMatch(span -> anyWritten(written, span));
      }
      for (Span span : spans) {
        for (long time = span.first(); time <= span.last(); time++) {
          written[(int) time] = true;
        }
      }
      taken.add(spans);
      assertThat(taken.highest()).isGreaterThanOrEqualTo(highest(written));
    }
  }

  private static boolean anyWritten(boolean[] written, Span span) {
    for (long time = span.first(); time <= span.last(); time++) {
      if (written[(int) time]) {
        return true;
      }
    }
    return false;
  }

  private static int highest(boolean[] written) {
    int time = written.length - 1;
    while (!written[time]) {
      time--;
    }
    return time;
  }

  @Example
  void batchesThatOvertakeEachOtherAreFree() {
    Taken taken = new Taken(0);
    for (int n : new int[] {1, 3, 2, 4, 7, 6, 5, 8, 9, 11, 12, 10}) {
      List<Span> batch = List.of(new Span(100L * n, 100L * n + 99));
      assertThat(taken.isFree(batch)).as("batch %d", n).isTrue();
      taken.add(batch);
      assertThat(taken.isFree(batch)).as("batch %d again", n).isFalse();
    }
    assertThat(taken.isFree(List.of(new Span(100, 199)))).as("long gone").isFalse();
  }
}
