package io.tidemark.sim.relay;

import io.tidemark.sim.times.Recurrence;
import io.tidemark.sim.times.Words;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
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
  private static final Pattern BITS = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)(k|M|G)bit");
  private static final Map<String, Integer> ZEROS = Map.of("k", 3, "M", 6, "G", 9);

  private FaultSyntax() {}

  /** Reads one fault. */
  public static FaultPattern parse(String text) {
    try {
      Words words = new Words(text);
      return new FaultPattern(effect(words), words.times(Recurrence.FOREVER));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("fault '%s': %s".formatted(text, e.getMessage()), e);
    }
  }

  private static Effect effect(Words words) {
    String name = String.valueOf(words.next());
    return switch (name) {
      case "cut" -> new Effect.Cut();
      case "silent-cut" -> new Effect.SilentCut();
      case "refuse" -> new Effect.Refuse();
      case "freeze" -> new Effect.Freeze();
      case "half-open" -> halfOpen(words);
      case "latency" -> {
        Duration latency = words.duration(name);
        yield new Effect.Latency(
            latency, words.next("jitter") ? words.duration("jitter") : Duration.ZERO);
      }
      case "bandwidth" -> new Effect.Bandwidth(bitsPerSecond(words.next()));
      case "loss" -> new Effect.Loss(words.share(name));
      case "duplicate" -> new Effect.Duplicate(words.share(name));
      case "reorder" -> new Effect.Reorder(words.share(name));
      default -> throw new IllegalArgumentException("there is no '" + name + "', only " + EFFECTS);
    };
  }

  private static Effect halfOpen(Words words) {
    if (words.next("up")) {
      return new Effect.HalfOpen(true, false);
    }
    return new Effect.HalfOpen(!words.next("down"), true);
  }

  private static long bitsPerSecond(@Nullable String word) {
    Matcher parts = BITS.matcher(word == null ? "" : word);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "after 'bandwidth' comes a rate a second like 64kbit, 1.5Mbit or 1Gbit, but there is "
              + Words.quoted(word));
    }
    return new BigDecimal(parts.group(1))
        .scaleByPowerOfTen(ZEROS.getOrDefault(parts.group(2), 0))
        .longValue();
  }

  static String bits(long perSecond) {
    String unit = perSecond >= 1_000_000_000 ? "G" : perSecond >= 1_000_000 ? "M" : "k";
    return plain(BigDecimal.valueOf(perSecond).scaleByPowerOfTen(-ZEROS.getOrDefault(unit, 0)))
        + unit
        + "bit";
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
