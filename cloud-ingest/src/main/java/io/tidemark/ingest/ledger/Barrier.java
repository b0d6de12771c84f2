package io.tidemark.ingest.ledger;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells when everything that gateways had committed at a moment has been forwarded, without
 * comparing clocks.
 *
 * <p>A barrier begins with a new tick, which ingest tells in each answer. A group's first report
 * that was made after seeing it sets that group's target: what it had committed. Once every known
 * group has forwarded up to its target, the barrier is passed. A group is known by its own report,
 * or by that of another group of its cluster.
 *
 * <p>Belongs to the writing thread; the rest of the ledger only reads its tick.
 */
final class Barrier {
  private final long tick;
  private final Map<String, @Nullable Long> targets = new HashMap<>();
  private final Map<String, Boolean> passed = new HashMap<>();

  Barrier(long tick, Collection<String> groups) {
    this.tick = tick;
    groups.forEach(group -> targets.put(group, null));
  }

  long tick() {
    return tick;
  }

  /** There is a group of this name, which may never have reported. */
  void known(String group) {
    targets.putIfAbsent(group, null);
  }

  void report(GroupReport report) {
    Long target = targets.get(report.group());
    if (target == null && report.tick() >= tick) {
      target = report.committedIndex();
    }
    targets.put(report.group(), target);
    if (target != null && report.forwardedIndex() >= target) {
      passed.put(report.group(), true);
    }
  }

  /** True once all known groups have passed, and there is at least one. */
  boolean isPassed() {
    return !targets.isEmpty() && passed.keySet().containsAll(targets.keySet());
  }
}
