package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.RuleSpec.Threshold;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** What is said of an alert in words. */
final class Words {
  private static final MathContext DIGITS = new MathContext(4);

  private Words() {}

  /** It fires. */
  static String firing(RuleSpec rule, Episode episode) {
    Threshold limit = rule.threshold();
    if (limit == null) {
      return "%s: nothing has come of it for %s, since %s."
          .formatted(
              episode.device(),
              duration(rule.lasting()),
              time(episode.startedAt() - rule.lasting().toNanos()));
    }
    String lasting = rule.lasting().isZero() ? "" : " for " + duration(rule.lasting());
    return "%s: %s is %s, %s%s; it fires since %s."
        .formatted(
            where(episode),
            limit.metric(),
            number(episode.value()),
            beyond(limit),
            lasting,
            time(episode.startedAt()));
  }

  /** It is over. */
  static String ended(RuleSpec rule, Episode episode) {
    String times = "from %s to %s".formatted(time(episode.startedAt()), time(episode.end()));
    Threshold limit = rule.threshold();
    String what =
        limit == null
            ? "%s: it was silent %s and is heard again.".formatted(episode.device(), times)
            : "%s: %s was %s %s; it is over."
                .formatted(where(episode), limit.metric(), beyond(limit), times);
    String note = episode.note();
    return note.isEmpty() ? what : what + " " + capitalised(note) + ".";
  }

  /** It never was. */
  static String withdrawn(RuleSpec rule, Episode episode) {
    return "%s: withdrawn: readings that came late show that \"%s\" did not fire at %s."
        .formatted(where(episode), rule.name(), time(episode.startedAt()));
  }

  private static String where(Episode episode) {
    return episode.sensor().isEmpty()
        ? episode.device()
        : episode.device() + " " + episode.sensor();
  }

  private static String beyond(Threshold limit) {
    return (limit.above() ? "above " : "below ") + number(limit.limit());
  }

  private static String capitalised(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  /** Four digits that matter. */
  static String number(@Nullable Double value) {
    if (value == null || !Double.isFinite(value)) {
      return "unknown";
    }
    BigDecimal exact = new BigDecimal(value);
    BigDecimal shown =
        Math.abs(value) >= 1_000 ? exact.setScale(0, RoundingMode.HALF_EVEN) : exact.round(DIGITS);
    return shown.signum() == 0 ? "0" : shown.stripTrailingZeros().toPlainString();
  }

  /** The two largest units: 1 h 30 min. */
  static String duration(Duration duration) {
    long[] amounts = {
      duration.toDays(), duration.toHoursPart(), duration.toMinutesPart(), duration.toSecondsPart()
    };
    String[] units = {"d", "h", "min", "s"};
    StringBuilder text = new StringBuilder();
    int parts = 0;
    for (int i = 0; i < units.length && parts < 2; i++) {
      if (amounts[i] > 0) {
        text.append(parts++ == 0 ? "" : " ").append(amounts[i]).append(' ').append(units[i]);
      }
    }
    return parts == 0 ? "0 s" : text.toString();
  }

  /** To the second. */
  static String time(long nanos) {
    return instant(nanos).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** A time of nanoseconds since 1970 UTC. */
  static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }
}
