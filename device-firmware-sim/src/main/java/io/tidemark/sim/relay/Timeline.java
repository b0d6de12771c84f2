package io.tidemark.sim.relay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows a plan: at each moment at which a fault begins or ends, none left out however late it
 * gets there, it sets the link's conditions, says so, and tells what changed.
 *
 * <p>Owned by the caller until {@link #follow}, then by the loop.
 */
final class Timeline {
  private final FaultPlan plan;
  private final Link link;
  private final FaultListener listener;
  private final long zeroNanos;
  private List<Fault> faults;
  private @Nullable Duration next;
  private boolean isOver;

  /** Begins now: what the plan has at 0 is in force from here. */
  Timeline(FaultPlan plan, Link link, FaultListener listener) {
    this.plan = plan;
    this.link = link;
    this.listener = listener;
    this.zeroNanos = link.clock().nanos();
    this.faults = plan.at(Duration.ZERO);
    this.next = plan.nextChange(Duration.ZERO);
    link.conditions(new Conditions(faults));
    faults.forEach(listener::began);
  }

  /**
   * @param changed is told the conditions before and after each change, on the loop
   */
  void follow(ScheduledExecutorService loop, BiConsumer<Conditions, Conditions> changed) {
    Duration upcoming = next;
    if (upcoming != null) {
      link.clock().schedule(loop, zeroNanos + upcoming.toNanos(), () -> step(loop, changed));
    }
  }

  /** Ends whatever is in force, and lets nothing more begin. On the loop. */
  void end(BiConsumer<Conditions, Conditions> changed) {
    isOver = true;
    become(List.of(), changed);
  }

  private void step(ScheduledExecutorService loop, BiConsumer<Conditions, Conditions> changed) {
    if (isOver) {
      return;
    }
    long now = link.clock().nanos() - zeroNanos;
    for (Duration at = next; at != null && at.toNanos() <= now; at = plan.nextChange(at)) {
      become(plan.at(at), changed);
      next = plan.nextChange(at);
    }
    follow(loop, changed);
  }

  private void become(List<Fault> now, BiConsumer<Conditions, Conditions> changed) {
    List<Fault> over = new ArrayList<>(faults);
    over.removeAll(now);
    List<Fault> begun = new ArrayList<>(now);
    begun.removeAll(faults);
    faults = now;
    Conditions before = link.conditions();
    Conditions after = new Conditions(now);
    link.conditions(after);
    changed.accept(before, after);
    over.forEach(listener::ended);
    begun.forEach(listener::began);
  }
}
