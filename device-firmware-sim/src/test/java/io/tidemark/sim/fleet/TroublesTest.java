package io.tidemark.sim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.fleet.Troubles.Trouble;
import org.junit.jupiter.api.Test;

class TroublesTest {
  private static final long SECOND = 1_000_000_000L;

  private final Troubles troubles = new Troubles();

  @Test
  void theSameWordsAreOneTroubleUntilThereWasQuiet() {
    troubles.add(0, "a", "cut");
    troubles.add(1 * SECOND, "b", "cut");
    troubles.add(2 * SECOND, "a", "refused");
    troubles.add(11 * SECOND, "c", "cut");
    troubles.add(22 * SECOND, "a", "cut");
    assertThat(troubles.all())
        .containsExactly(
            new Trouble(0, 11 * SECOND, 3, "a", "cut"),
            new Trouble(2 * SECOND, 2 * SECOND, 1, "a", "refused"),
            new Trouble(22 * SECOND, 22 * SECOND, 1, "a", "cut"));
    assertThat(troubles.forgotten()).isZero();
  }

  @Test
  void howeverManyThereAreTheLatestAreKept() {
    for (int i = 0; i < 1_000; i++) {
      troubles.add(i * SECOND, "a", "no " + i);
      troubles.add(i * SECOND, "a", "x".repeat(100_000));
    }
    assertThat(troubles.all())
        .hasSize(Troubles.KEPT_MAX)
        .allSatisfy(t -> assertThat(t.what()).hasSizeLessThan(300))
        .filteredOn(t -> t.what().startsWith("xxx"))
        .extracting(Trouble::times)
        .containsExactly(1_000L);
    for (int i = 0; i < 300; i++) {
      troubles.add((2_000 + 20L * i) * SECOND, "a", "again and again");
    }
    assertThat(troubles.all()).hasSize(Troubles.KEPT_MAX);
    assertThat(troubles.all()).allSatisfy(t -> assertThat(t.what()).isEqualTo("again and again"));
    assertThat(troubles.forgotten()).isEqualTo(1_001 + 300 - Troubles.KEPT_MAX);
  }
}
