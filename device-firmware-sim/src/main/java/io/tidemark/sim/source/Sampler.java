package io.tidemark.sim.source;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One device as it produces: what comes next, and the batch it has open. Times are nanoseconds
 * since the beginning of the plan. Owned by the simulation's thread.
 */
final class Sampler {
  private static final int REPEATS = 0x5245;
  private static final int HOLDS = 0x484F;

  final int device;
  private final DeviceGroup group;
  private final long seed;
  private final Life life;

  /** The epoch that what is in the open batch, or was in the one before, is of. */
  private int epoch;

  private int closesAtReadings;
  private long closesAfterNanos;
  private long closesNanos;
  private List<Reading> open = new ArrayList<>();

  private long nextNanos;

  /**
   * @param next where the device goes on
   * @throws IllegalArgumentException if by the plan it never gets there
   */
  Sampler(SimulationPlan plan, DeviceGroup group, int device, Position next) {
    this.device = device;
    this.group = group;
    this.seed = plan.seed();
    this.life = new Life(plan, group, device);
    this.epoch = next.epoch();
    if (!life.skipTo(next)) {
      throw new IllegalArgumentException(
          "by the plan device %d never gets to number %d of its epoch %d"
              .formatted(device + 1, next.sequence(), next.epoch() + 1));
    }
    closeAt(plan.firstBatchPart(device));
    look();
  }

  /** When it does something next. */
  long nextNanos() {
    return nextNanos;
  }

  /** True if what it does next is to close its batch. */
  boolean closesNext() {
    return !open.isEmpty() && closesNanos == nextNanos && life.changeNanos() > nextNanos;
  }

  /** When it last measured, or would have; 0 if it has not. */
  long lastNanos() {
    return life.lastNanos();
  }

  /**
   * Does what comes next.
   *
   * @param told false if the change that comes next is not to be told
   * @return the reading if one was taken
   */
  @Nullable Reading step(Sink sink, boolean told) throws IOException, InterruptedException {
    try {
      if (life.changeNanos() == nextNanos) {
        change(sink, told);
      } else if (closesNext()) {
        close(sink);
      } else {
        return take(sink);
      }
      return null;
    } finally {
      look();
    }
  }

  /** Measures until a batch is full, and hands it over; where nothing goes wrong. */
  void fill(Sink sink) throws IOException, InterruptedException {
    do {
      take(sink);
    } while (!open.isEmpty());
  }

  /** Number of the reading taken last. */
  long lastSequence() {
    return life.sequence() - 1;
  }

  /** Hands over what is open. */
  void close(Sink sink) throws IOException, InterruptedException {
    if (open.isEmpty()) {
      return;
    }
    closeAt(1);
    List<Reading> batch = open;
    open = new ArrayList<>();
    if (!life.manners().isEmpty()) {
      manner(sink, life.sequence() - batch.size());
    }
    sink.batch(device, batch);
  }

  /** Says when the next batch is closed: at this part of what the group says. */
  private void closeAt(double part) {
    closesAtReadings = (int) Math.ceil(part * group.batchReadings());
    closesAfterNanos = (long) (part * group.batchInterval().toNanos());
  }

  private void look() {
    long event = Math.min(life.changeNanos(), life.dueNanos());
    nextNanos = open.isEmpty() ? event : Math.min(event, closesNanos);
  }

  private Reading take(Sink sink) throws IOException, InterruptedException {
    long dueNanos = life.dueNanos();
    if (life.endsEpoch()) {
      close(sink);
    }
    Reading reading = life.take();
    if (life.epoch() > epoch) {
      epoch = life.epoch();
      sink.newEpoch(device);
    }
    if (open.isEmpty()) {
      closesNanos = dueNanos + closesAfterNanos;
    }
    open.add(reading);
    if (open.size() >= closesAtReadings) {
      close(sink);
    }
    return reading;
  }

  private void change(Sink sink, boolean told) throws IOException, InterruptedException {
    boolean wasOff = life.isOff();
    Ordeal.Change change = life.change();
    if (life.isOff() && !wasOff) {
      close(sink); // what is measured is in the journal
    }
    if (told) {
      tell(sink, change, wasOff);
    }
  }

  private void tell(Sink sink, Ordeal.Change change, boolean wasOff) {
    if (change.begins() && !(change.effect() instanceof DeviceEffect.Outage)) {
      sink.struck(device, change.effect().name());
    }
    if (change.begins() && change.effect() instanceof DeviceEffect.Stampede) {
      sink.reconnect(device);
    }
    if (life.isOff() != wasOff) {
      sink.power(device, wasOff);
    }
  }

  /** Says how the batch with this first number is sent. */
  private void manner(Sink sink, long first) {
    long own = Chance.mix(seed, device, epoch);
    for (DeviceEffect effect : life.manners()) {
      if (effect instanceof DeviceEffect.Repeat repeat
          && Chance.uniform(own, REPEATS, first) < repeat.share()) {
        sink.repeatNext(device);
      } else if (effect instanceof DeviceEffect.Reorder reorder
          && Chance.uniform(own, HOLDS, first) < reorder.share()) {
        sink.holdNext(device);
      }
    }
  }
}
