package io.tidemark.sim.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Simulated devices in a closed loop: each makes its next batch as soon as one of its batches is
 * acknowledged or given up, so that a given number of each device's is on the way at any time. What
 * it measures is what it would measure by the plan, but the plan's times do not say when: they pass
 * as fast as batches are taken.
 *
 * <p>Owned by the thread that calls {@link #produce}, but for {@link #settled}.
 */
public final class ClosedLoop implements Source {
  /** How soon a stop is noticed while nothing is acknowledged. */
  private static final long LOOK_NANOS = 50_000_000;

  private final SimulationPlan plan;
  private final List<Sampler> samplers = new ArrayList<>();

  /** Devices that may make a batch, as often as they may make one. */
  private final BlockingQueue<Integer> room = new LinkedBlockingQueue<>();

  /**
   * @param plan without faults, as these come at times of the plan
   * @param next per device, what it takes next
   * @param batches how many of each device are on the way at a time
   * @param kept per device, how many already are, from before
   */
  public ClosedLoop(SimulationPlan plan, List<Position> next, int batches, int[] kept) {
    check(plan);
    this.plan = plan;
    for (int device = 0; device < plan.devices(); device++) {
      samplers.add(new Sampler(plan, plan.group(device), device, next.get(device)));
    }
    for (int round = 0; round < batches; round++) {
      for (int device = 0; device < plan.devices(); device++) {
        if (round < batches - kept[device]) {
          room.add(device);
        }
      }
    }
  }

  /**
   * Refuses a plan that only passing times make sense of.
   *
   * @throws IllegalArgumentException that says so
   */
  public static void check(SimulationPlan plan) {
    if (!plan.faults().isEmpty()) {
      throw new IllegalArgumentException(
          "device faults come at planned times, and a closed loop has none: leave out one of them");
    }
  }

  @Override
  public boolean planned() {
    return false;
  }

  @Override
  public void settled(int device) {
    room.add(device);
  }

  @Override
  public void produce(Sink sink, Pace pace) throws IOException, InterruptedException {
    long began = System.nanoTime();
    long length = plan.length() == null ? Long.MAX_VALUE : plan.length().toNanos();
    long left = length;
    while (left > 0 && pace.until(0)) {
      Integer device = room.poll(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
      if (device != null) {
        samplers.get(device).fill(sink);
      }
      left = length - (System.nanoTime() - began);
    }
  }
}
