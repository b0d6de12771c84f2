package io.tidemark.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.rogue.RogueKind;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RogueSyntaxTest {
  @Test
  void whatIsNotSaidIsTheKinds() {
    assertThat(RogueSyntax.parse("malformed 3 every 1s"))
        .isEqualTo(new RogueGroup(RogueKind.MALFORMED, 3, Duration.ofSeconds(1)));
    assertThat(RogueSyntax.parse("wrong-topic every 1m"))
        .isEqualTo(new RogueGroup(RogueKind.WRONG_TOPIC, 1, Duration.ofMinutes(1)));
    assertThat(RogueSyntax.parse(" flood  20 "))
        .isEqualTo(new RogueGroup(RogueKind.FLOOD, 20, Duration.ofMillis(50)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "floods | a rogue's kind must be one of malformed, oversized, wrong-topic, slow-reader, flood, but is \"floods\" (did you mean flood?)",
        "flood 0 | there must be 1 to 100 rogues in a group, but there are 0",
        "flood 101 | there must be 1 to 100 rogues in a group, but there are 101",
        "flood every 5ms | a rogue acts every 10ms to 24h, but here every 5ms",
        "flood every now | a duration is like 500ms, 90s, 5m or 24h, but is now",
        "flood 3 often | rogues are written KIND [COUNT] [every D], such as \"malformed 3 every 5s\", but there is \"flood 3 often\"",
        "flood every | rogues are written KIND [COUNT] [every D], such as \"malformed 3 every 5s\", but there is \"flood every\"",
      })
  void whatIsWrongIsSaid(String text, String problem) {
    assertThatThrownBy(() -> RogueSyntax.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(problem);
  }
}
