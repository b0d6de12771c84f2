package io.tidemark.deploy.doctor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is only seen of all parts together: versions and clocks. */
final class FleetCheck {
  /** Clocks may be that far from most of the others'. */
  static final Duration SKEW_MAX = Duration.ofSeconds(5);

  private static final String SELF = "this machine";
  private static final int NAMED_MAX = 5;
  private static final double MILLIS = 1000;

  private final Findings findings;
  private final Facts facts;
  private final int named;

  /**
   * Looks at nothing yet.
   *
   * @param named how many gateways were to be asked
   */
  FleetCheck(Findings findings, Facts facts, int named) {
    this.findings = findings;
    this.named = named;
    this.facts = facts;
  }

  void look() {
    versions();
    agents();
    clocks();
    if (named < facts.doors.size()) {
      notAsked();
    }
  }

  private void notAsked() {
    facts.doors.keySet().stream()
        .sorted()
        .filter(id -> !facts.asked.contains(id))
        .forEach(
            id ->
                findings.found(
                    Kind.NOT_ASKED,
                    "gateway " + id,
                    "it was not asked itself, so its disk, clock and cluster are not looked at"));
  }

  private void versions() {
    Map<String, String> versions = new TreeMap<>(facts.versions);
    if (versions.isEmpty()) {
      return;
    }
    if (new TreeSet<>(versions.values()).size() == 1) {
      findings.ok(
          Check.VERSION,
          "all",
          "%d parts run %s".formatted(versions.size(), versions.values().iterator().next()));
    } else {
      findings.found(Kind.VERSIONS_DIFFER, "all", listed(versions));
    }
  }

  /** Agents may be older than gateways, but not for long. */
  private void agents() {
    if (facts.agents.isEmpty() || facts.versions.isEmpty()) {
      return;
    }
    Map<String, String> others = new TreeMap<>(facts.agents);
    others.values().removeIf(facts.versions::containsValue);
    if (others.isEmpty()) {
      findings.ok(
          Check.VERSION, "agents", "%d run what gateways run".formatted(facts.agents.size()));
    } else {
      findings.found(
          Kind.AGENTS_DIFFER,
          "agents",
          "%d of %d: %s".formatted(others.size(), facts.agents.size(), listed(others)));
    }
  }

  private static String listed(Map<String, String> versions) {
    String some =
        versions.entrySet().stream()
            .limit(NAMED_MAX)
            .map(one -> one.getKey() + " runs " + one.getValue())
            .collect(Collectors.joining(", "));
    return versions.size() <= NAMED_MAX ? some : some + ", ...";
  }

  /** Which clock is wrong is what most say; with this machine's among them. */
  private void clocks() {
    if (facts.skews.isEmpty()) {
      return;
    }
    Map<String, Duration> clocks = new TreeMap<>(facts.skews);
    clocks.put(SELF, Duration.ZERO);
    List<Duration> sorted = new ArrayList<>(clocks.values());
    sorted.sort(null);
    Duration middle = sorted.get(sorted.size() / 2);
    boolean off = false;
    for (Map.Entry<String, Duration> clock : clocks.entrySet()) {
      Duration ahead = clock.getValue().minus(middle);
      if (ahead.abs().compareTo(SKEW_MAX) > 0) {
        off = true;
        findings.found(
            Kind.CLOCK_OFF,
            clock.getKey(),
            "it is %s %s most others"
                .formatted(seconds(ahead.abs()), ahead.isNegative() ? "behind" : "ahead of"));
      }
    }
    if (!off) {
      findings.ok(
          Check.CLOCK,
          "all",
          "%d clocks are within %s of each other"
              .formatted(
                  clocks.size(), seconds(sorted.get(sorted.size() - 1).minus(sorted.get(0)))));
    }
  }

  private static String seconds(Duration time) {
    return "%.1f s".formatted(time.toMillis() / MILLIS);
  }
}
