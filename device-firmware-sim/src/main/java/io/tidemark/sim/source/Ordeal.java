package io.tidemark.sim.source;

import io.tidemark.sim.chance.Chance;
import io.tidemark.sim.times.Recurrence;
import io.tidemark.sim.times.Span;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What befalls one device, one change after the other: a function of faults, seed and device. Times
 * are nanoseconds since the beginning of the plan. Not thread-safe.
 */
final class Ordeal {
  /** In place of a time: never. */
  static final long NEVER = Long.MAX_VALUE;

  /**
   * A fault begins or ends.
   *
   * @param fromNanos when it began
   */
  record Change(long atNanos, DeviceEffect effect, boolean begins, long fromNanos) {}

  /** Where one effect stands that comes again and again. */
  private static final class Track {
    final DeviceEffect effect;
    final Recurrence times;
    final long dice;
    final long beginNanos;
    final long endNanos;
    final int order;
    long index;
    boolean inForce;
    long fromNanos;
    long untilNanos;

    /**
     * @param beginNanos what its times count from
     * @param endNanos it is over by then, whatever its times say
     */
    Track(
        DeviceEffect effect,
        Recurrence times,
        long dice,
        long beginNanos,
        long endNanos,
        int order) {
      this.effect = effect;
      this.times = times;
      this.dice = dice;
      this.beginNanos = beginNanos;
      this.endNanos = endNanos;
      this.order = order;
      look();
    }

    /** Looks up the time of this index. */
    void look() {
      Span span = times.time(index, dice);
      fromNanos = span == null ? NEVER : beginNanos + span.from().toNanos();
      untilNanos =
          span == null || span.until().equals(Recurrence.FOREVER)
              ? NEVER
              : Math.min(endNanos, beginNanos + span.until().toNanos());
    }

    long nextNanos() {
      return inForce ? untilNanos : fromNanos;
    }
  }

  /** What ends comes before what begins at the same time. */
  private static final Comparator<Track> ORDER =
      Comparator.comparingLong(Track::nextNanos)
          .thenComparing(track -> !track.inForce)
          .thenComparingInt(track -> track.order);

  private final PriorityQueue<Track> tracks;

  /**
   * @param clockMayBeWrong false if faults of the clock do not strike it
   */
  Ordeal(List<DeviceFault> faults, boolean clockMayBeWrong, long seed, int device) {
    this.tracks = new PriorityQueue<>(1 + faults.size(), ORDER);
    for (int i = 0; i < faults.size(); i++) {
      DeviceFault fault = faults.get(i);
      long dice = Chance.mix(seed, 0x4F52444541L, i);
      boolean mayStrike = clockMayBeWrong || !(fault.effect() instanceof DeviceEffect.WrongClock);
      if (mayStrike && fault.strikes(device, dice)) {
        add(new Track(fault.effect(), fault.times(), Chance.mix(dice, device, 1), 0, NEVER, 2 * i));
      }
    }
  }

  /** When the next change comes; {@link #NEVER} if nothing changes any more. */
  long nextNanos() {
    Track next = tracks.peek();
    return next == null ? NEVER : next.nextNanos();
  }

  /** The next change; null if nothing changes any more. */
  @Nullable Change next() {
    if (nextNanos() == NEVER) {
      return null;
    }
    Track track = tracks.remove();
    Change change = new Change(track.nextNanos(), track.effect, !track.inForce, track.fromNanos);
    if (!track.inForce) {
      track.inForce = true;
      if (track.effect instanceof DeviceEffect.BrownOut) {
        add(outages(track));
      }
    } else {
      track.inForce = false;
      track.index++;
      track.look();
    }
    add(track);
    return change;
  }

  private void add(Track track) {
    if (track.inForce || track.nextNanos() != NEVER) {
      tracks.add(track);
    }
  }

  /** Passes over all changes up to that moment; what is then in force. */
  List<DeviceEffect> inForceAt(long nanos) {
    while (nextNanos() <= nanos) {
      next();
    }
    return tracks.stream().filter(track -> track.inForce).map(track -> track.effect).toList();
  }

  private static Track outages(Track brownOut) {
    Recurrence times =
        new Recurrence(
            Duration.ZERO,
            DeviceEffect.BrownOut.OUTAGE,
            DeviceEffect.BrownOut.PERIOD,
            Duration.ofNanos(brownOut.untilNanos - brownOut.fromNanos),
            true);
    return new Track(
        new DeviceEffect.Outage(),
        times,
        Chance.mix(brownOut.dice, brownOut.index, 2),
        brownOut.fromNanos,
        brownOut.untilNanos,
        brownOut.order + 1);
  }
}
