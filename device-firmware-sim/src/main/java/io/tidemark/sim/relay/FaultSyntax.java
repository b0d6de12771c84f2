package io.tidemark.sim.relay;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How faults are written: {@code EFFECT [at T] [for D] [[randomly] every P [until T]]}, e.g. {@code
 * half-open up for 20s at 30s} or {@code cut for 1s every 3s at 60s until 90s}. Without {@code for}
 * it does not end. Without {@code at}, what comes {@code every P} comes first at P; anything else
 * begins at once.
 *
 * <p>All errors are {@link IllegalArgumentException}s that quote the fault and say what is wrong.
 */
public final class FaultSyntax {
  private static final String EFFECTS =
      "cut, silent-cut, half-open [up|down], refuse, freeze, latency D [jitter D], bandwidth RATE,"
          + " loss P%, duplicate P%, reorder P%";
  private static final Set<String> TIMES = Set.of("at", "for", "every", "until");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)%");
  private static final Pattern BITS = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)(k|M|G)bit");
  private static final Map<String, Integer> ZEROS = Map.of("k", 3, "M", 6, "G", 9);

  private FaultSyntax() {}

  /** Reads one fault. */
  public static FaultPattern parse(String text) {
    try {
      Deque<String> words = new ArrayDeque<>(List.of(text.strip().split("\\s+")));
      Effect effect = effect(words);
      Map<String, Duration> times = new HashMap<>();
      boolean randomly = false;
      while (!words.isEmpty()) {
        String word = words.remove();
        if (word.equals("randomly") && !randomly) {
          randomly = true;
        } else if (!TIMES.contains(word)) {
          throw new IllegalArgumentException(
              "at, for, every, until or randomly is expected, but there is '" + word + "'");
        } else if (times.put(word, duration(word, words.poll())) != null) {
          throw new IllegalArgumentException("'" + word + "' is there twice");
        }
      }
      return pattern(effect, times, randomly);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("fault '%s': %s".formatted(text, e.getMessage()), e);
    }
  }

  private static FaultPattern pattern(
      Effect effect, Map<String, Duration> times, boolean randomly) {
    Duration every = times.get("every");
    Duration until = times.get("until");
    if (every == null && until != null) {
      throw new IllegalArgumentException(
          "'until' says when what comes 'every' so often stops coming: say how long with 'for'");
    }
    Duration first = every == null || randomly ? Duration.ZERO : every;
    return new FaultPattern(
        effect,
        times.getOrDefault("at", first),
        times.getOrDefault("for", FaultPattern.FOREVER),
        every,
        until == null ? FaultPattern.FOREVER : until,
        randomly);
  }

  private static Effect effect(Deque<String> words) {
    String name = words.remove();
    return switch (name) {
      case "cut" -> new Effect.Cut();
      case "silent-cut" -> new Effect.SilentCut();
      case "refuse" -> new Effect.Refuse();
      case "freeze" -> new Effect.Freeze();
      case "half-open" -> halfOpen(words);
      case "latency" -> {
        Duration latency = duration(name, words.poll());
        yield new Effect.Latency(
            latency, next(words, "jitter") ? duration("jitter", words.poll()) : Duration.ZERO);
      }
      case "bandwidth" -> new Effect.Bandwidth(bitsPerSecond(words.poll()));
      case "loss" -> new Effect.Loss(share(name, words.poll()));
      case "duplicate" -> new Effect.Duplicate(share(name, words.poll()));
      case "reorder" -> new Effect.Reorder(share(name, words.poll()));
      default -> throw new IllegalArgumentException("there is no '" + name + "', only " + EFFECTS);
    };
  }

  private static Effect halfOpen(Deque<String> words) {
    if (next(words, "up")) {
      return new Effect.HalfOpen(true, false);
    }
    return new Effect.HalfOpen(!next(words, "down"), true);
  }

  /** Takes the next word if it is this one. */
  private static boolean next(Deque<String> words, String word) {
    if (word.equals(words.peek())) {
      words.remove();
      return true;
    }
    return false;
  }

  private static Duration duration(String of, @Nullable String word) {
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
    if (duration.compareTo(FaultPattern.FOREVER) >= 0) {
      throw new IllegalArgumentException("'" + word + "' is longer than 36500 days");
    }
    if (of.equals("every") && duration.isZero()) {
      throw new IllegalArgumentException("'every' needs more than 0");
    }
    return duration;
  }

  private static double share(String of, @Nullable String word) {
    Matcher parts = PERCENT.matcher(word == null ? "" : word);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "after '%s' comes a percentage like 1%% or 0.5%%, but there is %s"
              .formatted(of, quoted(word)));
    }
    return new BigDecimal(parts.group(1)).scaleByPowerOfTen(-2).doubleValue();
  }

  private static long bitsPerSecond(@Nullable String word) {
    Matcher parts = BITS.matcher(word == null ? "" : word);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "after 'bandwidth' comes a rate a second like 64kbit, 1.5Mbit or 1Gbit, but there is "
              + quoted(word));
    }
    return new BigDecimal(parts.group(1))
        .scaleByPowerOfTen(ZEROS.getOrDefault(parts.group(2), 0))
        .longValue();
  }

  private static String quoted(@Nullable String word) {
    return word == null ? "nothing" : "'" + word + "'";
  }

  /** A duration as it is written, in the largest unit that says it in a whole number. */
  static String text(Duration duration) {
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

  static String bits(long perSecond) {
    String unit = perSecond >= 1_000_000_000 ? "G" : perSecond >= 1_000_000 ? "M" : "k";
    return plain(BigDecimal.valueOf(perSecond).scaleByPowerOfTen(-ZEROS.getOrDefault(unit, 0)))
        + unit
        + "bit";
  }

  static String percent(double share) {
    return plain(BigDecimal.valueOf(share).scaleByPowerOfTen(2)) + "%";
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
