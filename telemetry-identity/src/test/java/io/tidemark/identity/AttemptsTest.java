package io.tidemark.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class AttemptsTest {
  private static final class HandClock extends Clock {
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");

    void goOn(Duration by) {
      now = now.plus(by);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private final HandClock clock = new HandClock();
  private final Attempts attempts = new Attempts(3, Duration.ofSeconds(30), clock);

  @Test
  void soManyAtOnceAndThenOneInAWhile() {
    for (int i = 0; i < 3; i++) {
      assertThat(attempts.take("ada")).isZero();
    }
    assertThat(attempts.take("ada")).isEqualTo(30);
    assertThat(attempts.take("eve")).isZero();
    clock.goOn(Duration.ofMillis(29_500));
    assertThat(attempts.take("ada")).isEqualTo(1);
    clock.goOn(Duration.ofMillis(500));
    assertThat(attempts.take("ada")).isZero();
    assertThat(attempts.take("ada")).isEqualTo(30);
  }

  @Test
  void aClockThatIsSetBackKeepsNobodyOut() {
    for (int i = 0; i < 3; i++) {
      assertThat(attempts.take("ada")).isZero();
    }
    clock.goOn(Duration.ofHours(-5));
    assertThat(attempts.take("ada")).isEqualTo(30);
  }

  @Test
  void toAskDoesNotCount() {
    for (int i = 0; i < 3; i++) {
      assertThat(attempts.waitSeconds("ada")).isZero();
      assertThat(attempts.take("ada")).isZero();
    }
    for (int i = 0; i < 10; i++) {
      assertThat(attempts.waitSeconds("ada")).isEqualTo(30);
      assertThat(attempts.waitSeconds("user" + i)).isZero();
    }
    assertThat(attempts.names()).isOne();
  }

  @Test
  void whatSucceedsDoesNotCount() {
    for (int i = 0; i < 10; i++) {
      assertThat(attempts.take("ada")).isZero();
      attempts.giveBack("ada");
    }
  }

  @Test
  void namesAreBounded() {
    for (int i = 0; i < Attempts.NAMES_MAX + 500; i++) {
      assertThat(attempts.take("user" + i)).isZero();
    }
    assertThat(attempts.names()).isEqualTo(Attempts.NAMES_MAX);
  }
}
