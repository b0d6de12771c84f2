package io.tidemark.sim.source;

import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Simulated devices of any classes, each reading taken when its time has come.
 *
 * <p>Readings are made in the order of their times (devices in order where times are equal), which
 * depends on the plan and on nothing else: that is the order of the trace. A simulation that goes
 * on from a record goes on in its own time too: the first reading that is missing follows the last
 * one recorded, however long the process was away.
 *
 * <p>Owned by the thread that calls {@link #produce}.
 */
public final class Simulation implements Source {
  /** One device: what it measures, and the batch it has open. */
  private final class Sampler {
    final int device;
    final DeviceGroup group;
    final Instrument instrument;
    long sequence;
    long dueNanos;
    int closesAtReadings;
    long closesAfterNanos;
    long closesNanos;
    List<Reading> open = new ArrayList<>();

    Sampler(int device, DeviceGroup group, long sequence) {
      this.device = device;
      this.group = group;
      this.instrument = group.deviceClass().instrument(plan.seed(), device);
      closeAt(plan.firstBatchPart(device));
      this.sequence = sequence;
      this.dueNanos = plan.timeNanos(device, group.rate(), sequence);
    }

    /** Says when the next batch is closed: at this part of what the group says. */
    void closeAt(double part) {
      closesAtReadings = (int) Math.ceil(part * group.batchReadings());
      closesAfterNanos = (long) (part * group.batchInterval().toNanos());
    }

    /** True if the open batch is too old before the next reading is due. */
    boolean closesNext() {
      return !open.isEmpty() && closesNanos <= dueNanos;
    }

    long nextNanos() {
      return closesNext() ? closesNanos : dueNanos;
    }
  }

  private final SimulationPlan plan;
  private final @Nullable Trace trace;
  private final PriorityQueue<Sampler> samplers =
      new PriorityQueue<>(
          Comparator.comparingLong(Sampler::nextNanos)
              .thenComparing(s -> !s.closesNext())
              .thenComparingInt(s -> s.device));
  private final long beginNanos;

  /**
   * @param nextSequences per device, the first number to produce: 0 for a new one
   * @param trace where to write what is produced; closed by the caller
   */
  public Simulation(SimulationPlan plan, long[] nextSequences, @Nullable Trace trace) {
    this.plan = plan;
    this.trace = trace;
    long latestNanos = plan.startNanos();
    for (DeviceGroup group : plan.groups()) {
      for (int i = 0; i < group.count(); i++) {
        int device = samplers.size();
        long next = nextSequences[device];
        samplers.add(new Sampler(device, group, next));
        if (next > 0) {
          latestNanos = Math.max(latestNanos, plan.timeNanos(device, group.rate(), next - 1));
        }
      }
    }
    boolean fresh = latestNanos == plan.startNanos();
    this.beginNanos = fresh ? latestNanos : Math.max(latestNanos, samplers.element().dueNanos);
  }

  /** The reading a device of the plan takes under a number, made again without those before. */
  public static Reading reading(SimulationPlan plan, int device, long sequence) {
    int first = 0;
    for (DeviceGroup group : plan.groups()) {
      if (device < first + group.count()) {
        return group
            .deviceClass()
            .instrument(plan.seed(), device)
            .at(sequence, plan.timeNanos(device, group.rate(), sequence));
      }
      first += group.count();
    }
    throw new IllegalArgumentException(
        "there are %d devices, but number %d is asked for".formatted(first, device));
  }

  @Override
  public void produce(Sink sink, Pace pace) throws IOException, InterruptedException {
    long endNanos = plan.length() == null ? Long.MAX_VALUE : beginNanos + plan.length().toNanos();
    while (true) {
      Sampler next = samplers.element();
      if (next.nextNanos() >= endNanos || !pace.until(Math.max(0, next.nextNanos() - beginNanos))) {
        break;
      }
      samplers.remove();
      if (next.closesNext()) {
        close(next, sink);
      } else {
        take(next, sink);
      }
      samplers.add(next);
    }
    for (Sampler sampler :
        samplers.stream().sorted(Comparator.comparingInt(s -> s.device)).toList()) {
      close(sampler, sink);
    }
  }

  private void take(Sampler sampler, Sink sink) throws IOException, InterruptedException {
    Reading reading = sampler.instrument.at(sampler.sequence, sampler.dueNanos);
    if (trace != null) {
      trace.reading(sampler.device, sampler.sequence, reading);
    }
    if (sampler.open.isEmpty()) {
      sampler.closesNanos = sampler.dueNanos + sampler.closesAfterNanos;
    }
    sampler.open.add(reading);
    if (sampler.open.size() >= sampler.closesAtReadings) {
      close(sampler, sink);
    }
    sampler.sequence++;
    sampler.dueNanos = plan.timeNanos(sampler.device, sampler.group.rate(), sampler.sequence);
  }

  private static void close(Sampler sampler, Sink sink) throws IOException, InterruptedException {
    if (!sampler.open.isEmpty()) {
      sampler.closeAt(1);
      List<Reading> batch = sampler.open;
      sampler.open = new ArrayList<>();
      sink.batch(sampler.device, batch);
    }
  }
}
