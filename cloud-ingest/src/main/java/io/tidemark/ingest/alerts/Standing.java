package io.tidemark.ingest.alerts;

import org.jspecify.annotations.Nullable;

/**
 * How a series that is not ok stands with a rule.
 *
 * @param state which
 * @param since since when: firing, beyond the limit, or without data
 * @param value the newest value, if there is one
 * @param readingAt the newest reading's time, if there is one
 */
public record Standing(State state, long since, @Nullable Double value, @Nullable Long readingAt) {
  /** The states, worst first. What is in none is ok. */
  public enum State {
    /** It lasts for as long as the rule says. It goes on when data end. */
    FIRING("firing"),
    /** Beyond the limit, but not for long enough. */
    PENDING("pending"),
    /** There are no data to judge by. */
    NO_DATA("no data");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** As people and the API say it. */
    public String word() {
      return word;
    }

    /** The state of that name, or null. */
    public static @Nullable State of(String word) {
      for (State state : values()) {
        if (state.word.equals(word)) {
          return state;
        }
      }
      return null;
    }
  }
}
