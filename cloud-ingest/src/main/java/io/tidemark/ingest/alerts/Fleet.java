package io.tidemark.ingest.alerts;

import java.util.Map;
import java.util.Set;

/**
 * The devices of a round.
 *
 * @param lastSeen all that are known, and when last something valid came of them
 * @param byLabel devices by label
 */
record Fleet(Map<String, Long> lastSeen, Map<String, Set<String>> byLabel) {
  /** Those a rule watches. One that is named is watched before anything has come of it. */
  Set<String> of(RuleSpec rule) {
    if (!rule.device().isEmpty()) {
      return Set.of(rule.device());
    }
    return rule.label().isEmpty()
        ? lastSeen.keySet()
        : byLabel.getOrDefault(rule.label(), Set.of());
  }
}
