package io.tidemark.ingest.ledger;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells when everything that gateways had committed at a moment has been forwarded, without
 * comparing clocks.
 *
 * <p>A barrier begins with a new tick, which ingest tells in each answer. A group's first report
 * that was made after seeing it sets that group's target: what it had committed. Once every known
 * group has forwarded up to its target, the barrier is passed. A group is known by its own report,
 * or by that of another group of its cluster. One that has ended has passed every barrier: it has
 * forwarded all that it ever commits. It stays known, so that who names it late does not make it a
 * new one.
 *
 * <p>A group may be added while a barrier waits. It matters only if something was committed in it
 * when the barrier began. Then it was part of its cluster already, and the reports that were made
 * after the tick name it: it is known before the last of them counts, and waited for. This rests on
 * the gateways: who reports for a group has to know of every other group in which something is
 * committed.
 *
 * <p>It is kept in SQL, as a report may come to any of several ingests ({@link BarrierSql}).
 * Belongs to the transaction that has read it.
 */
final class Barrier {
  private final long tick;
  private final Map<String, @Nullable Long> targets = new HashMap<>();
  private final Set<String> passed = new HashSet<>();

  /** One that begins now, of groups that may have reported before. */
  Barrier(long tick, Collection<GroupReport> groups) {
    this.tick = tick;
    for (GroupReport group : groups) {
      targets.put(group.group(), null);
      if (group.isEnd()) {
        passed.add(group.group());
      }
    }
  }

  /** One that was under way. */
  Barrier(long tick, Map<String, @Nullable Long> targets, Set<String> passed) {
    this.tick = tick;
    this.targets.putAll(targets);
    this.passed.addAll(passed);
  }

  /** What each group had committed when it first reported after the tick; null: it has not. */
  Map<String, @Nullable Long> targets() {
    return targets;
  }

  /** The groups that have forwarded all of that. */
  Set<String> passed() {
    return passed;
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
    if (report.isEnd() || (target != null && report.forwardedIndex() >= target)) {
      passed.add(report.group());
    }
  }

  /** True once all known groups have passed, and there is at least one. */
  boolean isPassed() {
    return !targets.isEmpty() && passed.containsAll(targets.keySet());
  }
}
