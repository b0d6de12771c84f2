package io.tidemark.sim.times;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What people write of faults, word by word: whatever the effect is, then {@code [at T] [for D]
 * [[randomly] every P [until T]]}, in any order. Without {@code for} it does not end. Without
 * {@code at}, what comes {@code every P} comes first at P; anything else begins at once.
 *
 * <p>All errors are {@link IllegalArgumentException}s that say what is wrong. Not thread-safe.
 */
public final class Words {
  private static final Set<String> TIMES = Set.of("at", "for", "every", "until");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)%");

  private final Deque<String> words;

  /** Splits at blanks. */
  public Words(String text) {
    this.words = new ArrayDeque<>(List.of(text.strip().split("\\s+")));
  }

  /** Takes the next word; null if there is none. */
  public @Nullable String next() {
    return words.poll();
  }

  /** Takes the next word if it is this one. */
  public boolean next(String word) {
    if (word.equals(words.peek())) {
      words.remove();
      return true;
    }
    return false;
  }

  /**
   * Takes a duration.
   *
   * @param of the word before it
   */
  public Duration duration(String of) {
    String word = words.poll();
    Matcher parts = DURATION.matcher(word == null ? "" : word);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "after '%s' comes a duration like 500ms, 90s, 5m or 24h, but there is %s"
              .formatted(of, quoted(word)));
    }
    long amount = Long.parseLong(parts.group(1));
    Duration duration =
        switch (parts.group(2)) {
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          case "m" -> Duration.ofMinutes(amount);
          default -> Duration.ofHours(amount);
        };
    if (duration.compareTo(Recurrence.FOREVER) >= 0) {
      throw new IllegalArgumentException("'" + word + "' is longer than 36500 days");
    }
    if (of.equals("every") && duration.isZero()) {
      throw new IllegalArgumentException("'every' needs more than 0");
    }
    return duration;
  }

  /**
   * Takes a percentage.
   *
   * @param of the word before it
   * @return 0 to 9.99
   */
  public double share(String of) {
    String word = words.poll();
    Matcher parts = PERCENT.matcher(word == null ? "" : word);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "after '%s' comes a percentage like 1%% or 0.5%%, but there is %s"
              .formatted(of, quoted(word)));
    }
    return new BigDecimal(parts.group(1)).scaleByPowerOfTen(-2).doubleValue();
  }

  /**
   * Takes a word, wherever it is, and the percentage behind it.
   *
   * @param otherwise if the word is not there
   */
  public double shareAfter(String of, double otherwise) {
    List<String> all = new ArrayList<>(words);
    int at = all.indexOf(of);
    if (at < 0) {
      return otherwise;
    }
    words.clear();
    words.addAll(all.subList(at + 1, all.size()));
    double share = share(of);
    List<String> behind = List.copyOf(words);
    words.clear();
    words.addAll(all.subList(0, at));
    words.addAll(behind);
    return share;
  }

  /**
   * Takes all that is left, which must say when.
   *
   * @param length how long it lasts if nothing is said
   */
  public Recurrence times(Duration length) {
    Map<String, Duration> times = new HashMap<>();
    boolean randomly = false;
    while (!words.isEmpty()) {
      String word = words.remove();
      if (word.equals("randomly") && !randomly) {
        randomly = true;
      } else if (!TIMES.contains(word)) {
        throw new IllegalArgumentException(
            "at, for, every, until or randomly is expected, but there is '" + word + "'");
      } else if (times.put(word, duration(word)) != null) {
        throw new IllegalArgumentException("'" + word + "' is there twice");
      }
    }
    Duration every = times.get("every");
    Duration until = times.get("until");
    if (every == null && until != null) {
      throw new IllegalArgumentException(
          "'until' says when what comes 'every' so often stops coming: say how long with 'for'");
    }
    Duration first = every == null || randomly ? Duration.ZERO : every;
    return new Recurrence(
        times.getOrDefault("at", first),
        times.getOrDefault("for", length),
        every,
        until == null ? Recurrence.FOREVER : until,
        randomly);
  }

  /** A word as errors show it. */
  public static String quoted(@Nullable String word) {
    return word == null ? "nothing" : "'" + word + "'";
  }

  /** A duration as it is written, in the largest unit that says it in a whole number. */
  public static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0 || millis % 1_000 != 0) {
      return millis == 0 ? "0s" : millis + "ms";
    }
    long seconds = millis / 1_000;
    if (seconds % 3_600 == 0) {
      return seconds / 3_600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  /** A share as it is written. */
  public static String percent(double share) {
    return BigDecimal.valueOf(share).scaleByPowerOfTen(2).stripTrailingZeros().toPlainString()
        + "%";
  }
}
