package io.tidemark.sim.source;

import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Simulated devices of any classes, each reading taken when its time has come, and each fault of
 * the plan told when its has.
 *
 * <p>Readings are made in the order of their times (devices in order where times are equal), which
 * depends on the plan and on nothing else: that is the order of the trace. A simulation that goes
 * on from a record goes on in its own time too: the first reading that is missing follows the last
 * one recorded, however long the process was away.
 *
 * <p>Owned by the thread that calls {@link #produce}.
 */
public final class Simulation implements Source {
  private final SimulationPlan plan;
  private final @Nullable Trace trace;
  private final PriorityQueue<Sampler> samplers =
      new PriorityQueue<>(
          Comparator.comparingLong(Sampler::nextNanos)
              .thenComparing(s -> !s.closesNext())
              .thenComparingInt(s -> s.device));

  /** When the last reading was recorded, after the beginning of the plan. */
  private final long latestNanos;

  private final long beginNanos;

  /**
   * @param next per device, what it takes next
   * @param trace where to write what is produced; closed by the caller
   * @throws IllegalArgumentException if the plan does not lead there
   */
  public Simulation(SimulationPlan plan, List<Position> next, @Nullable Trace trace) {
    this.plan = plan;
    this.trace = trace;
    long latest = 0;
    for (DeviceGroup group : plan.groups()) {
      for (int i = 0; i < group.count(); i++) {
        int device = samplers.size();
        Sampler sampler = new Sampler(plan, group, device, next.get(device));
        samplers.add(sampler);
        latest = Math.max(latest, sampler.lastNanos());
      }
    }
    this.latestNanos = latest;
    this.beginNanos = latest == 0 ? 0 : Math.max(latest, samplers.element().nextNanos());
  }

  /**
   * The reading a device of the plan takes under a number, made again without those before.
   *
   * @param epoch which of the device's epochs, from 0
   * @throws IllegalArgumentException if by the plan there is none
   */
  public static Reading reading(SimulationPlan plan, int device, int epoch, long sequence) {
    return new Regenerator(plan).reading(device, epoch, sequence);
  }

  @Override
  public void begin(Sink sink) {
    if (plan.faults().isEmpty()) {
      return;
    }
    for (int device = 0; device < plan.devices(); device++) {
      Ordeal ordeal = Life.ordeal(plan, plan.group(device), device);
      for (DeviceEffect effect : ordeal.inForceAt(latestNanos)) {
        if (effect instanceof DeviceEffect.Reboot || effect instanceof DeviceEffect.Outage) {
          sink.power(device, false);
        }
        if (!(effect instanceof DeviceEffect.Outage)) {
          sink.struck(device, effect.name());
        }
      }
    }
  }

  @Override
  public void produce(Sink sink, Pace pace) throws IOException, InterruptedException {
    long endNanos = plan.length() == null ? Long.MAX_VALUE : beginNanos + plan.length().toNanos();
    while (true) {
      Sampler next = samplers.element();
      long nanos = next.nextNanos();
      if (nanos >= endNanos || !pace.until(Math.max(0, nanos - beginNanos))) {
        break;
      }
      samplers.remove();
      Reading reading = next.step(sink, nanos > latestNanos);
      if (reading != null && trace != null) {
        trace.reading(next.device, next.lastSequence(), reading);
      }
      samplers.add(next);
    }
    for (Sampler sampler :
        samplers.stream().sorted(Comparator.comparingInt(s -> s.device)).toList()) {
      sampler.close(sink);
    }
  }
}
