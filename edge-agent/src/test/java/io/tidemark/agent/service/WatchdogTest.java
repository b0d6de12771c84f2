package io.tidemark.agent.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** It is fed while sensors are attended to and what they say is committed. */
class WatchdogTest {
  private Duration late = Duration.ZERO;
  private Duration uncommitted = Duration.ZERO;

  private final Watchdog watchdog =
      new Watchdog(
          ServiceManager.of(
              Map.of("NOTIFY_SOCKET", "@nobody-listens", "WATCHDOG_USEC", "40000000"), 7),
          patience -> late.compareTo(patience) <= 0,
          () -> uncommitted,
          Duration.ofSeconds(60));

  private String look() {
    watchdog.look();
    return watchdog.standstill();
  }

  @Test
  void itIsLookedAtFourTimesInItsInterval() {
    assertThat(watchdog.pause()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void halfItsIntervalIsPatience() {
    assertThat(look()).isEmpty();
    late = Duration.ofSeconds(20);
    assertThat(look()).isEmpty();
    late = Duration.ofSeconds(21);
    assertThat(look()).isEqualTo("no sensor has been attended to for 20 s");
    late = Duration.ZERO;
    assertThat(look()).isEmpty();
  }

  @Test
  void readingsMayWaitForTheCommitIntervalAndThatLong() {
    uncommitted = Duration.ofSeconds(80);
    assertThat(look()).isEmpty();
    uncommitted = Duration.ofSeconds(81);
    assertThat(look()).isEqualTo("the journal has committed nothing for 20 s");
  }
}
