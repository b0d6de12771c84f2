package io.tidemark.sim.source;

import io.tidemark.sim.chance.Chance;
import io.tidemark.wire.Reading;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One device's way through its faults: which of the times at which it would measure it does, in
 * which epoch, under which number, and what its clock says. A function of the plan; any place on
 * the way is found by walking the changes before it, not the readings.
 *
 * <p>As in the edge agent, a clock set back by more than a minute begins a new epoch; if it is
 * less, times go on increasing by a nanosecond. The values are those of the true time.
 *
 * <p>Times are nanoseconds since the beginning of the plan, except where a clock is spoken of. Not
 * thread-safe.
 */
final class Life {
  /** The clock may go back by so much within an epoch. */
  static final long CLOCK_STEP_BACK_MAX_NANOS = 60 * Cycles.SECOND;

  /** Most changes that are walked in search of a place: more than three years of one a second. */
  private static final int CHANGES_MAX = 100_000_000;

  private static final long NONE = Long.MIN_VALUE;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final long startNanos;
  private final double intervalNanos;
  private final long phaseNanos;
  private final Instrument instrument;
  private final Ordeal ordeal;

  /** Which of the times at which it would measure comes next. */
  private long tick;

  private int epoch;
  private long sequence;

  /** What the clock said of the newest reading of the epoch. */
  private long newestNanos = NONE;

  private int outages;
  private boolean newCard;
  private final List<Ordeal.Change> wrongClocks = new ArrayList<>(0);
  private final List<DeviceEffect> manners = new ArrayList<>(0);

  Life(SimulationPlan plan, DeviceGroup group, int device) {
    this.startNanos = plan.startNanos();
    this.intervalNanos = 1e9 / group.rate();
    // Each device begins somewhere within the first interval.
    this.phaseNanos = (long) (Chance.uniform(plan.seed(), 0x5048415345L, device) * intervalNanos);
    this.instrument = group.deviceClass().instrument(plan.seed(), device);
    this.ordeal = ordeal(plan, group, device);
  }

  /**
   * What befalls a device. Clocks stay right where readings carry no number: when it was taken is
   * all that tells one from another there.
   */
  static Ordeal ordeal(SimulationPlan plan, DeviceGroup group, int device) {
    return new Ordeal(plan.faults(), group.payload().numbers(), plan.seed(), device);
  }

  /** The epoch of the reading taken last, from 0. */
  int epoch() {
    return epoch;
  }

  /** One more than the number of the reading taken last. */
  long sequence() {
    return sequence;
  }

  /** When the next change comes. */
  long changeNanos() {
    return ordeal.nextNanos();
  }

  /**
   * When the next reading is taken, if no change comes before or then; {@link Ordeal#NEVER} if
   * power is gone.
   */
  long dueNanos() {
    return outages > 0 ? Ordeal.NEVER : tickNanos(tick);
  }

  /** The time before the one that comes next at which it measures. */
  long lastNanos() {
    return tick == 0 ? 0 : tickNanos(tick - 1);
  }

  boolean isOff() {
    return outages > 0;
  }

  /** The next change happens; there must be one. */
  Ordeal.Change change() {
    Ordeal.Change change = ordeal.next();
    if (change == null) {
      throw new IllegalStateException("nothing changes any more");
    }
    DeviceEffect effect = change.effect();
    if (effect instanceof DeviceEffect.Reboot || effect instanceof DeviceEffect.Outage) {
      outages += change.begins() ? 1 : -1;
      if (outages == 0) {
        tick = firstTickFrom(change.atNanos());
      }
    } else if (effect instanceof DeviceEffect.NewCard) {
      newCard |= change.begins();
    } else if (effect instanceof DeviceEffect.WrongClock) {
      if (change.begins()) {
        wrongClocks.add(change);
      } else {
        wrongClocks.removeIf(
            begun -> begun.effect() == effect && begun.fromNanos() == change.fromNanos());
      }
    }
    if (effect instanceof DeviceEffect.Repeat || effect instanceof DeviceEffect.Reorder) {
      if (change.begins()) {
        manners.add(effect);
      } else {
        manners.remove(effect);
      }
    }
    return change;
  }

  /** The effects in force that decide how batches are sent. */
  List<DeviceEffect> manners() {
    return manners;
  }

  /** Takes the next reading. */
  Reading take() {
    beginEpochIfDue();
    long dueNanos = tickNanos(tick);
    Reading reading = instrument.at(sequence, startNanos + dueNanos);
    pass(1);
    return newestNanos == reading.timeNanos()
        ? reading
        : new Reading(reading.sensor(), reading.kind(), newestNanos, reading.values());
  }

  /** Takes the next reading, whatever changes before; null if there is none. */
  @Nullable Reading takeNext() {
    for (int changes = 0; changes < CHANGES_MAX; changes++) {
      if (dueNanos() < changeNanos()) {
        return take();
      }
      if (changeNanos() == Ordeal.NEVER) {
        return null;
      }
      change();
    }
    return null;
  }

  /**
   * Goes on to where {@code to} says what is next: right behind the reading before it, or, at the
   * beginning of an epoch, right before that one's first.
   *
   * @return false if there is no such place; then this is of no more use
   */
  boolean skipTo(Position to) {
    for (int changes = 0; changes < CHANGES_MAX; changes++) {
      long endTick = outages > 0 ? tick : firstTickFrom(changeNanos());
      if (endTick > tick && !isAt(to)) {
        beginEpochIfDue();
        if (isBeyond(to)) {
          return false;
        }
        boolean there = epoch == to.epoch();
        if (endTick < Ordeal.NEVER || there) {
          pass(Math.min(there ? to.sequence() - sequence : Long.MAX_VALUE, endTick - tick));
        }
      }
      if (isAt(to) || changeNanos() == Ordeal.NEVER) {
        return isAt(to);
      }
      change();
    }
    return false;
  }

  /** True if it has come further than to where {@code to} is next. */
  boolean isBeyond(Position to) {
    return epoch > to.epoch() || epoch == to.epoch() && sequence > to.sequence();
  }

  private boolean isAt(Position to) {
    return epoch == to.epoch() && sequence == to.sequence();
  }

  /** True if the next reading will be the first of another epoch. */
  boolean endsEpoch() {
    return newestNanos != NONE
        && (newCard || clockNanos(tickNanos(tick)) < newestNanos - CLOCK_STEP_BACK_MAX_NANOS);
  }

  private void beginEpochIfDue() {
    if (endsEpoch()) {
      epoch++;
      sequence = 0;
      newestNanos = NONE;
    }
    newCard = false;
  }

  /** The next {@code count} readings, between which nothing changes, are taken. */
  private void pass(long count) {
    if (count == 0) {
      return;
    }
    long first = clockNanos(tickNanos(tick));
    if (newestNanos != NONE) {
      first = Math.max(first, newestNanos + 1);
    }
    // Once the clock is ahead of what was last said it stays ahead: it goes on by more than 1 ns.
    newestNanos = Math.max(clockNanos(tickNanos(tick + count - 1)), first + count - 1);
    sequence += count;
    tick += count;
  }

  /** What the clock says, in nanoseconds since 1970. */
  private long clockNanos(long nanos) {
    long clock = startNanos + nanos;
    for (Ordeal.Change wrong : wrongClocks) {
      if (wrong.effect() instanceof DeviceEffect.ClockUnset) {
        return nanos - wrong.fromNanos();
      } else if (wrong.effect() instanceof DeviceEffect.ClockOffset offset) {
        clock += offset.by().toNanos();
      } else if (wrong.effect() instanceof DeviceEffect.ClockDrift drift) {
        clock += (nanos - wrong.fromNanos()) / NANOS_PER_MILLI * drift.ppm();
      }
    }
    return clock;
  }

  private long tickNanos(long number) {
    return phaseNanos + (long) (number * intervalNanos);
  }

  /** The first that has not passed and is not before {@code nanos}. */
  private long firstTickFrom(long nanos) {
    if (nanos == Ordeal.NEVER) {
      return Ordeal.NEVER;
    }
    long found = Math.max(tick, (long) ((nanos - phaseNanos) / intervalNanos));
    while (found > tick && tickNanos(found - 1) >= nanos) {
      found--;
    }
    while (tickNanos(found) < nanos) {
      found++;
    }
    return found;
  }
}
