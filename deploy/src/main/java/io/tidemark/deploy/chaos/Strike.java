package io.tidemark.deploy.chaos;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fault that is being carried out: it strikes, lasts, is undone, and is over when all it struck
 * is ready again. One that has turns is undone and done again in between, which nobody waits for.
 * Goes on whenever it is asked to. Used by one thread.
 */
final class Strike {
  /** How long what was asked to end may take, and what was started to be ready. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final PlannedFault fault;
  private final List<Target> targets;
  private final Duration began;
  private int turned;
  private boolean cut;
  private @Nullable Duration undone;
  private @Nullable Duration over;

  private Strike(PlannedFault fault, List<Target> targets, Duration began) {
    this.fault = fault;
    this.targets = targets;
    this.began = began;
  }

  /** Strikes now. */
  static Strike begin(PlannedFault fault, List<Target> targets, Duration now)
      throws InterruptedException {
    fault.kind().fault().begin().on(targets);
    return new Strike(fault, targets, now);
  }

  PlannedFault fault() {
    return fault;
  }

  /** When it struck. */
  Duration began() {
    return began;
  }

  /** True if it was undone before its time. */
  boolean wasCut() {
    return cut;
  }

  /** How long it lasted; null if it is not undone yet. */
  @Nullable Duration lasted() {
    return undone == null ? null : undone.minus(began);
  }

  /** From its being undone until all it struck was ready; null if it is not over yet. */
  @Nullable Duration recovery() {
    return undone == null || over == null ? null : over.minus(undone);
  }

  boolean isOver() {
    return over != null;
  }

  /** True if this target has been ended on purpose and is not started again yet. */
  boolean hasEnded(String target) {
    return undone == null
        && fault.kind().fault().endsProcesses()
        && fault.targets().contains(target);
  }

  /** From now on it is to be undone as soon as possible. */
  void cut() {
    cut = undone == null;
  }

  /**
   * Goes on as far as it can now.
   *
   * @return true if processes have been started or thawed
   * @throws IllegalStateException if the fault does not take place, or what it struck does not come
   *     back
   */
  boolean step(Duration now) throws InterruptedException {
    if (undone == null) {
      turn(now);
      return undo(now);
    }
    if (over == null) {
      awaitReady(undone, now);
    }
    return false;
  }

  private void turn(Duration now) throws InterruptedException {
    Fault how = fault.kind().fault();
    while (!cut
        && turned < fault.turns().size()
        && now.compareTo(began.plus(fault.turns().get(turned))) >= 0) {
      (turned % 2 == 0 ? how.end() : how.begin()).on(targets);
      turned++;
    }
  }

  private boolean undo(Duration now) throws InterruptedException {
    Duration due = cut ? began : began.plus(fault.outage());
    if (now.compareTo(due) < 0) {
      return false;
    }
    Fault how = fault.kind().fault();
    for (Target target : targets) {
      if (!how.inEffect(target)) {
        if (now.compareTo(due.plus(LIMIT)) > 0) {
          throw failed(target, "it took no effect within " + LIMIT.toSeconds() + " s");
        }
        return false;
      }
    }
    how.end().on(targets);
    undone = now;
    return true;
  }

  private void awaitReady(Duration since, Duration now) throws InterruptedException {
    for (Target target : targets) {
      if (!target.isAlive()) {
        throw failed(target, "it ended when it was to come back: " + target.trouble());
      }
      if (!target.isReady()) {
        if (now.compareTo(since.plus(LIMIT)) > 0) {
          throw failed(
              target,
              "it was not ready again after %d s: %s"
                  .formatted(LIMIT.toSeconds(), target.trouble()));
        }
        return;
      }
    }
    over = now;
  }

  private IllegalStateException failed(Target target, String why) {
    return new IllegalStateException(
        "fault %d (%s of %s) failed: %s"
            .formatted(fault.number(), fault.kind().label(), target.name(), why));
  }
}
