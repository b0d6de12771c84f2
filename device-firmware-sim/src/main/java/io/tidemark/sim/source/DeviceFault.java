package io.tidemark.sim.source;

import io.tidemark.sim.chance.Chance;
import io.tidemark.sim.times.Recurrence;
import io.tidemark.sim.times.Words;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with devices, when, and with which. Written {@code EFFECT [on P%] [at T] [for D]
 * [[randomly] every P [until T]]}, e.g. {@code reboot for 30s randomly every 5m on 20%}. With
 * {@code randomly} each device has a moment of its own, else all are struck together.
 *
 * @param text as it is written, with single blanks
 * @param share of the devices, 0 to 1; the seed decides which
 * @param times counted from the beginning of the plan
 */
public record DeviceFault(String text, DeviceEffect effect, double share, Recurrence times) {
  /** Most faults of a run. */
  public static final int MAX = 100;

  private static final String EFFECTS =
      "reboot, brown-out, new-card, clock ahead D, clock behind D, clock drift Nppm, clock 1970,"
          + " stampede, repeat P%, reorder P%";
  private static final Pattern PPM = Pattern.compile("(-?\\d{1,5})ppm");
  private static final int PPM_MAX = 10_000;
  private static final Duration OFFSET_MAX = Duration.ofHours(8760);

  /** What happens at a moment lasts as long as this, the finest that times are planned. */
  private static final Duration MOMENT = Duration.ofMillis(1);

  private static final String SEPARATOR = "; ";

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException that quotes it and says what is wrong
   */
  public static DeviceFault parse(String text) {
    String plain = text.strip().replaceAll("\\s+", " ");
    try {
      Words words = new Words(plain);
      double share = words.shareAfter("on", 1);
      requireShare(share);
      DeviceEffect effect = effect(words);
      return new DeviceFault(plain, effect, share, times(effect, words));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "device fault '%s': %s".formatted(text, e.getMessage()), e);
    }
  }

  /** Several in one line, as {@link #parseAll} reads them. */
  public static String join(List<DeviceFault> faults) {
    return String.join(SEPARATOR, faults.stream().map(DeviceFault::text).toList());
  }

  /** Reads what {@link #join} wrote. */
  public static List<DeviceFault> parseAll(String joined) {
    return joined.isEmpty()
        ? List.of()
        : Pattern.compile(SEPARATOR).splitAsStream(joined).map(DeviceFault::parse).toList();
  }

  /** True if it strikes this device. */
  boolean strikes(int device, long dice) {
    return Chance.uniform(dice, 0x5348415245L, device) < share;
  }

  private static DeviceEffect effect(Words words) {
    String name = String.valueOf(words.next());
    return switch (name) {
      case "reboot" -> new DeviceEffect.Reboot();
      case "brown-out" -> new DeviceEffect.BrownOut();
      case "new-card" -> new DeviceEffect.NewCard();
      case "clock" -> clock(words);
      case "stampede" -> new DeviceEffect.Stampede();
      case "repeat" -> new DeviceEffect.Repeat(requireShare(words.share(name)));
      case "reorder" -> new DeviceEffect.Reorder(requireShare(words.share(name)));
      default -> throw new IllegalArgumentException("there is no '" + name + "', only " + EFFECTS);
    };
  }

  private static DeviceEffect clock(Words words) {
    String how = words.next();
    return switch (String.valueOf(how)) {
      case "ahead" -> new DeviceEffect.ClockOffset(offset(words.duration("ahead")));
      case "behind" -> new DeviceEffect.ClockOffset(offset(words.duration("behind")).negated());
      case "drift" -> new DeviceEffect.ClockDrift(ppm(words.next()));
      case "1970" -> new DeviceEffect.ClockUnset();
      default ->
          throw new IllegalArgumentException(
              "after 'clock' comes ahead D, behind D, drift Nppm or 1970, but there is "
                  + Words.quoted(how));
    };
  }

  private static Duration offset(Duration by) {
    if (by.isZero() || by.compareTo(OFFSET_MAX) > 0) {
      throw new IllegalArgumentException("a clock is wrong by more than 0 and at most 8760h");
    }
    return by;
  }

  private static int ppm(@Nullable String word) {
    var parts = PPM.matcher(word == null ? "" : word);
    int ppm = parts.matches() ? Integer.parseInt(parts.group(1)) : 0;
    if (ppm == 0 || Math.abs(ppm) > PPM_MAX) {
      throw new IllegalArgumentException(
          "after 'drift' comes 1ppm to 10000ppm, or -1ppm to -10000ppm, but there is "
              + Words.quoted(word));
    }
    return ppm;
  }

  private static double requireShare(double share) {
    if (share > 1) {
      throw new IllegalArgumentException("a share is 0% to 100%");
    }
    return share;
  }

  private static Recurrence times(DeviceEffect effect, Words words) {
    boolean momentary =
        effect instanceof DeviceEffect.NewCard || effect instanceof DeviceEffect.Stampede;
    Recurrence times = words.times(momentary ? MOMENT : Recurrence.FOREVER);
    if (momentary && !times.length().equals(MOMENT)) {
      throw new IllegalArgumentException("it happens at a moment: leave 'for' out");
    }
    boolean ends =
        effect instanceof DeviceEffect.Reboot
            || effect instanceof DeviceEffect.BrownOut
            || effect instanceof DeviceEffect.ClockUnset;
    if (ends && times.length().equals(Recurrence.FOREVER)) {
      throw new IllegalArgumentException("say how long with 'for'");
    }
    if (effect instanceof DeviceEffect.BrownOut
        && times.length().compareTo(DeviceEffect.BrownOut.PERIOD) < 0) {
      throw new IllegalArgumentException("it lasts 4s or longer");
    }
    return times;
  }
}
