package io.tidemark.deploy.chaos;

import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Pipeline;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Carries out a plan of faults on a running pipeline, a step at a time, whenever it is asked to: so
 * it needs no thread, and whoever asks can stop at any step. Times are counted from the start of
 * the run. Used by the thread that uses the pipeline.
 */
public final class Chaos {
  /** How long a fault waits for the gateways to be ready, before that is an error. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Map<String, Target> targets;
  private final FaultLog log;
  private final Deque<PlannedFault> ahead;
  private final List<Strike> underway = new ArrayList<>();
  private final List<Strike> over = new ArrayList<>();
  private Duration lastOver = Duration.ZERO;

  Chaos(FaultPlan plan, Map<String, Target> targets, FaultLog log) {
    this.targets = Map.copyOf(targets);
    this.log = log;
    this.ahead = new ArrayDeque<>(plan.faults());
    log.planned(plan);
  }

  /**
   * Prepares to carry out a plan; does nothing yet.
   *
   * @param say where a person reads what happens
   */
  public static Chaos of(FaultPlan plan, Pipeline pipeline, Consumer<String> say) {
    Map<String, Target> targets = new HashMap<>();
    targets.put(FaultPlan.INGEST, ServiceTarget.ingest(pipeline));
    pipeline
        .gateways()
        .forEach(gateway -> targets.put(gateway.id(), ServiceTarget.gateway(pipeline, gateway)));
    return new Chaos(plan, targets, new FaultLog(pipeline.data(), say));
  }

  /**
   * Goes on as far as it can now.
   *
   * @param now since the start of the run
   * @return true if processes have been ended or started, so that other ones run now
   * @throws IllegalStateException if a fault does not take place, or what it struck does not come
   *     back
   */
  public boolean step(Duration now) throws InterruptedException {
    boolean changed = false;
    for (Iterator<Strike> strikes = underway.iterator(); strikes.hasNext(); ) {
      Strike strike = strikes.next();
      if (strike.step(now)) {
        log.undone(strike, now);
        changed = true;
      }
      if (strike.isOver()) {
        strikes.remove();
        over.add(strike);
        lastOver = now;
        log.over(strike, now);
      }
    }
    PlannedFault next = ahead.peek();
    if (next != null && now.compareTo(next.at()) >= 0 && mayStrike(next, now)) {
      ahead.remove();
      log.begins(next, now);
      underway.add(Strike.begin(next, next.targets().stream().map(targets::get).toList(), now));
      changed = true;
    }
    return changed;
  }

  /** What would have to be kept to a minority waits until all gateways are well. */
  private boolean mayStrike(PlannedFault next, Duration now) throws InterruptedException {
    if (!next.strikesGateways()) {
      return underway.stream().allMatch(strike -> strike.fault().strikesGateways());
    }
    if (underway.stream().anyMatch(strike -> strike.fault().strikesGateways())) {
      return false;
    }
    for (Target target : targets.values()) {
      if (!target.name().equals(FaultPlan.INGEST) && !isWell(target, next.kind())) {
        Duration since = next.at().compareTo(lastOver) > 0 ? next.at() : lastOver;
        if (now.compareTo(since.plus(PATIENCE)) > 0) {
          throw new IllegalStateException(
              "%s is not ready, though nothing has been done to it for %d s: %s"
                  .formatted(target.name(), PATIENCE.toSeconds(), target.trouble()));
        }
        return false;
      }
    }
    return true;
  }

  /** A disk may be lost only where no other is still being filled. */
  private static boolean isWell(Target target, FaultKind next) throws InterruptedException {
    return target.isReady() && (next != FaultKind.LOSE_DISK || target.isWhole());
  }

  /** True if nothing is underway and nothing is to come. */
  public boolean isThrough() {
    return ahead.isEmpty() && underway.isEmpty();
  }

  /** Nothing more is struck, and what is struck is undone at once; takes some more steps. */
  public void cut() {
    ahead.clear();
    underway.forEach(Strike::cut);
  }

  /** True if a process has been ended on purpose and is not started again yet. */
  public boolean hasEnded(ChildProcess process) {
    return underway.stream().anyMatch(strike -> strike.hasEnded(name(process)));
  }

  /** True if a process is struck, or has been and is not ready again yet. */
  public boolean hasStruck(ChildProcess process) {
    return underway.stream().anyMatch(strike -> strike.fault().targets().contains(name(process)));
  }

  /** The target's name; empty for a process that never is one. */
  private String name(ChildProcess process) {
    return targets.values().stream()
        .filter(target -> target.is(process))
        .map(Target::name)
        .findFirst()
        .orElse("");
  }

  /** How many faults have been carried out: lasted as planned, and everything came back. */
  public int carriedOut() {
    return (int) over.stream().filter(strike -> !strike.wasCut()).count();
  }

  /** What happened, a kind a line, for people; empty if nothing did. */
  public List<String> table() {
    return FaultTable.lines(over);
  }
}
