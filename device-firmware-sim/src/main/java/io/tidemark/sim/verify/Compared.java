package io.tidemark.sim.verify;

import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What differs between a reading and its row, in words. */
final class Compared {
  private Compared() {}

  /** The first metric that differs in any bit; null if none does. */
  static @Nullable String difference(Map<String, Value> expected, Map<String, Value> found) {
    return difference(expected, found, "%s was produced as %s, stored as %s");
  }

  /**
   * The same in other words.
   *
   * @param words of its name, what was expected and what was found
   */
  static @Nullable String difference(
      Map<String, Value> expected, Map<String, Value> found, String words) {
    TreeSet<String> metrics = new TreeSet<>(expected.keySet());
    metrics.addAll(found.keySet());
    for (String metric : metrics) {
      Value wanted = expected.get(metric);
      Value got = found.get(metric);
      if (wanted == null || got == null || !wanted.equals(got)) {
        return words.formatted(metric, text(wanted), text(got));
      }
    }
    return null;
  }

  /** RFC 3339, in UTC. */
  static String time(long nanos) {
    return Instant.ofEpochSecond(0, nanos).toString();
  }

  private static String text(@Nullable Value value) {
    if (value == null) {
      return "nothing";
    }
    if (value instanceof Value.Num number) {
      return "%s (bits %016x)"
          .formatted(number.value(), Double.doubleToRawLongBits(number.value()));
    }
    return value instanceof Value.Flag flag
        ? Boolean.toString(flag.value())
        : '"' + ((Value.Text) value).value() + '"';
  }
}
