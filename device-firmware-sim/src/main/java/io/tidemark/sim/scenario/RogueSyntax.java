package io.tidemark.sim.scenario;

import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.rogue.RogueKind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** How a group of rogues is written as a flag: {@code KIND [COUNT] [every D]}. */
public final class RogueSyntax {
  public static final String FORM = "KIND [COUNT] [every D]";

  private RogueSyntax() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException that says what is wrong with it
   */
  public static RogueGroup parse(String text) {
    Deque<String> words = new ArrayDeque<>(List.of(text.strip().split("\\s+")));
    RogueKind kind = kind(words.remove());
    int count = 1;
    if (!words.isEmpty() && words.getFirst().matches("\\d{1,9}")) {
      count = Integer.parseInt(words.remove());
    }
    Duration every = kind.every();
    if (words.size() == 2 && words.getFirst().equals("every")) {
      words.remove();
      every = duration(words.remove());
    }
    if (!words.isEmpty()) {
      throw new IllegalArgumentException(
          "rogues are written %s, such as \"malformed 3 every 5s\", but there is \"%s\""
              .formatted(FORM, text));
    }
    return new RogueGroup(kind, count, every);
  }

  private static RogueKind kind(String word) {
    return RogueKind.of(word)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a rogue's kind must be one of %s, but is \"%s\"%s"
                        .formatted(
                            String.join(", ", RogueKind.ids()),
                            word,
                            Nearest.hint(word, RogueKind.ids()))));
  }

  private static Duration duration(String word) {
    Duration duration = Durations.parse(word);
    if (duration == null) {
      throw new IllegalArgumentException(
          "a duration is like 500ms, 90s, 5m or 24h, but is " + word);
    }
    return duration;
  }
}
