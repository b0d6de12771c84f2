package io.tidemark.sim.verify;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects problems, up to a limit. A reading that is missing in its place and was found in another
 * is named once, as misplaced. Not thread-safe.
 */
final class Findings {
  private record Key(String device, long epoch, long sequence) {}

  private final int problemsMax;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<Key> misplaced = new HashSet<>();
  private long unnamed;
  private long lost;
  private long lostFromNanos = Long.MAX_VALUE;
  private long lostToNanos = Long.MIN_VALUE;

  Findings(int problemsMax) {
    this.problemsMax = problemsMax;
  }

  void add(Problem.Kind kind, String device, long epoch, long sequence, String detail) {
    if (kind == Problem.Kind.MISPLACED) {
      misplaced.add(new Key(device, epoch, sequence));
    }
    if (problems.size() < problemsMax) {
      problems.add(new Problem(kind, device, epoch, sequence, detail));
    } else {
      unnamed++;
    }
  }

  /** A reading that is nowhere, and the time it was taken. */
  void lost(String device, long epoch, long sequence, long timeNanos, String detail) {
    lost++;
    lostFromNanos = Math.min(lostFromNanos, timeNanos);
    lostToNanos = Math.max(lostToNanos, timeNanos);
    add(Problem.Kind.LOST, device, epoch, sequence, detail);
  }

  boolean anyLost() {
    return lost > 0;
  }

  long lostFromNanos() {
    return lostFromNanos;
  }

  long lostToNanos() {
    return lostToNanos;
  }

  long unnamed() {
    return unnamed;
  }

  List<Problem> problems() {
    return problems.stream()
        .filter(
            p ->
                p.kind() != Problem.Kind.LOST
                    || !misplaced.contains(new Key(p.device(), p.epoch(), p.sequence())))
        .toList();
  }
}
