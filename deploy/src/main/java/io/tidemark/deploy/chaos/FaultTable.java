package io.tidemark.deploy.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What faults there were, a kind a line. */
final class FaultTable {
  private FaultTable() {}

  /** Lines for people; none if there were no faults. */
  static List<String> lines(List<Strike> strikes) {
    if (strikes.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        "  %-46s %6s %15s %21s".formatted("fault", "count", "away at most", "ready again within"));
    for (FaultKind kind : FaultKind.values()) {
      List<Strike> ofKind =
          strikes.stream().filter(strike -> strike.fault().kind() == kind).toList();
      if (!ofKind.isEmpty()) {
        lines.add(line(kind.description(), ofKind));
      }
    }
    lines.add(line("all", strikes));
    return List.copyOf(lines);
  }

  private static String line(String name, List<Strike> strikes) {
    return "  %-46s %6d %13.1f s %19.1f s"
        .formatted(
            name,
            strikes.size(),
            longest(strikes, Strike::lasted),
            longest(strikes, Strike::recovery));
  }

  private static double longest(List<Strike> strikes, Function<Strike, @Nullable Duration> what) {
    return strikes.stream()
            .map(what)
            .filter(Objects::nonNull)
            .mapToLong(Duration::toMillis)
            .max()
            .orElse(0)
        / 1e3;
  }
}
