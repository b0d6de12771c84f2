package io.tidemark.gateway.mqtt;

import static io.tidemark.gateway.intake.Readiness.FULL;
import static io.tidemark.gateway.intake.Readiness.READY;
import static io.tidemark.gateway.intake.Readiness.UNREADY;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is soon over drives nobody away. */
final class UnreadinessTest {
  private long now = Long.MAX_VALUE; // it wraps around, as System.nanoTime may
  private final Unreadiness unreadiness = new Unreadiness(Duration.ofNanos(10), () -> now);

  @Test
  void itLastsOnceTheGraceIsOver() {
    assertThat(unreadiness.lasts(READY)).isFalse();
    now += 100;
    assertThat(unreadiness.lasts(UNREADY)).isFalse();
    now += 9;
    assertThat(unreadiness.lasts(UNREADY)).isFalse();
    now += 1;
    assertThat(unreadiness.lasts(UNREADY)).isTrue();
    now += 50;
    assertThat(unreadiness.lasts(UNREADY)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"READY", "FULL"})
  void aBreakBeginsTheGraceAnew(io.tidemark.gateway.intake.Readiness between) {
    unreadiness.lasts(UNREADY);
    now += 10;
    assertThat(unreadiness.lasts(between)).isFalse();
    assertThat(unreadiness.lasts(UNREADY)).isFalse();
    now += 9;
    assertThat(unreadiness.lasts(UNREADY)).isFalse();
    now += 1;
    assertThat(unreadiness.lasts(UNREADY)).isTrue();
  }

  @Test
  void whatIsFullIsNotUnready() {
    unreadiness.lasts(FULL);
    now += 100;
    assertThat(unreadiness.lasts(FULL)).isFalse();
  }

  @Test
  void withoutAGraceItLastsAtOnce() {
    assertThat(new Unreadiness(Duration.ZERO, () -> now).lasts(UNREADY)).isTrue();
  }
}
