package io.tidemark.sim.rogue;

import java.util.Map;
import java.util.TreeMap;

/** Counts what rogues of one kind do. Thread-safe. */
final class Tally {
  /** A gateway may not fill the memory with codes of its own. */
  private static final int CODES_MAX = 100;

  private static final String OTHER_CODES = "other";

  private final RogueKind kind;
  private final Map<String, Long> refused = new TreeMap<>();
  private int rogues;
  private long attempts;
  private long disconnected;
  private long ignored;
  private long accepted;
  private long unreachable;
  private String firstAccepted = "";

  Tally(RogueKind kind) {
    this.kind = kind;
  }

  synchronized void add(int more) {
    rogues += more;
  }

  synchronized void begun() {
    attempts++;
  }

  synchronized void refused(String code) {
    boolean known = refused.containsKey(code) || refused.size() < CODES_MAX;
    refused.merge(known ? code : OTHER_CODES, 1L, Long::sum);
  }

  synchronized void disconnected() {
    disconnected++;
  }

  synchronized void ignored() {
    ignored++;
  }

  synchronized void unreachable() {
    unreachable++;
  }

  /**
   * @param what was sent, and what was answered
   */
  synchronized void accepted(String what) {
    if (accepted++ == 0) {
      firstAccepted = what;
    }
  }

  synchronized RogueSums sums() {
    long over =
        refused.values().stream().mapToLong(Long::longValue).sum()
            + disconnected
            + ignored
            + accepted
            + unreachable;
    return new RogueSums(
        kind,
        rogues,
        attempts,
        refused,
        disconnected,
        ignored,
        accepted,
        unreachable,
        attempts - over,
        firstAccepted);
  }
}
