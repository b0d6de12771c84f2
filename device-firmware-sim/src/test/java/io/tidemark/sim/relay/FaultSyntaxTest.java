package io.tidemark.sim.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How faults are written: what each means in its first two minutes, and what is said of errors. */
@NullUnmarked
class FaultSyntaxTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cut                                    | cut from 0s",
        "cut at 30s                             | cut from 30s",
        "cut for 10s                            | cut from 0s to 10s",
        "silent-cut for 10s at 1500ms           | silent-cut from 1500ms to 11500ms",
        "cut for 10s every 60s                  | cut from 1m to 70s",
        "cut for 10s every 60s at 5s            | cut from 5s to 15s, cut from 65s to 75s",
        "cut at 60s for 1s every 3s until 66s   | cut from 1m to 61s, cut from 63s to 64s",
        "freeze for 1m every 1m                 | freeze from 1m to 2m",
        "refuse for 5s every 1h at 0s           | refuse from 0s to 5s",
        "half-open for 20s at 30s               | half-open from 30s to 50s",
        "half-open up for 20s at 30s            | half-open up from 30s to 50s",
        "half-open down for 20s at 30s          | half-open down from 30s to 50s",
        "latency 100ms                          | latency 100ms from 0s",
        "latency 100ms jitter 20ms for 2h       | latency 100ms jitter 20ms from 0s to 2h",
        "bandwidth 64kbit                       | bandwidth 64kbit from 0s",
        "bandwidth 1.5Mbit at 10s               | bandwidth 1.5Mbit from 10s",
        "bandwidth 1Gbit                        | bandwidth 1Gbit from 0s",
        "loss 0.7% for 1s at 1s                 | loss 0.7% from 1s to 2s",
        "duplicate 100%                         | duplicate 100% from 0s",
        "reorder 5%                             | reorder 5% from 0s",
      })
  void whatIsWritten(String text, String faults) {
    FaultPlan plan = new FaultPlan(java.util.List.of(FaultSyntax.parse(text)), 1);
    assertThat(
            plan.between(Duration.ZERO, Duration.ofMinutes(2)).stream()
                .map(Fault::text)
                .collect(Collectors.joining(", ")))
        .isEqualTo(faults);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "storm                    | there is no 'storm', only cut, silent-cut",
        "\"\"                      | there is no '', only cut",
        "cut 10s                  | at, for, every, until or randomly is expected, but there is '10s'",
        "cut for                  | after 'for' comes a duration like 500ms, 90s, 5m or 24h, but there is nothing",
        "cut for ten              | after 'for' comes a duration like 500ms, 90s, 5m or 24h, but there is 'ten'",
        "cut for 1s for 2s        | 'for' is there twice",
        "cut for 0s               | it must last longer than 0",
        "cut every 10s            | what comes every 10s cannot last for ever: say 'for' with no more than that",
        "cut for 11s every 10s    | what comes every 10s cannot last 11s",
        "cut for 1s every 0s      | 'every' needs more than 0",
        "cut for 1s until 5s      | say how long with 'for'",
        "cut for 1s every 5s until 5s | it would be over before it begins",
        "cut for 1s randomly      | 'randomly' needs 'every'",
        "cut for 1s randomly randomly every 2s | but there is 'randomly'",
        "half-open sideways       | but there is 'sideways'",
        "latency                  | after 'latency' comes a duration like 500ms, 90s, 5m or 24h, but there is nothing",
        "latency 100ms jitter x   | after 'jitter' comes a duration",
        "latency 2m               | latency and jitter are at most 1m each",
        "latency 999999999h       | '999999999h' is longer than 36500 days",
        "bandwidth fast           | after 'bandwidth' comes a rate a second like 64kbit, 1.5Mbit or 1Gbit, but there is 'fast'",
        "bandwidth 0.5kbit        | bandwidth is at least 1kbit",
        "loss 5                   | after 'loss' comes a percentage like 1% or 0.5%, but there is '5'",
        "duplicate 101%           | a share is 0% to 100%",
      })
  void whatIsWrong(String text, String message) {
    assertThatThrownBy(() -> FaultSyntax.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("fault '" + text + "': ")
        .hasMessageContaining(message);
  }

  @Test
  void everyEffectSaysWhatItDoes() {
    for (Profile profile : Profile.values()) {
      for (FaultPattern pattern : profile.patterns()) {
        assertThat(pattern.effect().text()).startsWith(pattern.effect().name());
        assertThat(pattern.effect().description()).isNotBlank();
        assertThat(FaultSyntax.parse(pattern.effect().text()).effect()).isEqualTo(pattern.effect());
      }
    }
  }
}
