package io.tidemark.sim.link.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class MessageIdsTest {
  private static final long MILLI = 1_000_000;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4_095, 4_096, 5_000, 65_535, -1})
  void noneComesBackWithinItsLifetime(int first) {
    MessageIds ids = new MessageIds(first);
    Map<Integer, Long> usedAt = new HashMap<>();
    long now = Long.MAX_VALUE - 400_000 * MILLI; // a clock may be about to overflow
    for (int i = 0; i < 200_000; i++) {
      now += MILLI + ids.waitNanos(now + MILLI);
      assertThat(ids.waitNanos(now)).isZero();
      int id = ids.next(now);
      Long before = usedAt.put(id, now);
      if (before != null) {
        assertThat(now - before).isGreaterThanOrEqualTo(CoapTimes.EXCHANGE_LIFETIME_NANOS);
      }
    }
    assertThat(usedAt).hasSize(65_536);
  }

  @Test
  void whoIsSlowNeverWaits() {
    MessageIds ids = new MessageIds(77);
    Set<Integer> used = new HashSet<>();
    for (int i = 0; i < 200_000; i++) {
      long now = 5L * i * MILLI;
      assertThat(ids.waitNanos(now)).isZero();
      used.add(ids.next(now));
    }
    assertThat(used).hasSize(65_536);
  }
}
