package io.tidemark.ingest.alerts;

import io.tidemark.ingest.alerts.RuleSpec.Threshold;
import java.util.ArrayList;
import java.util.List;

/**
 * Judges the values of one series in the order of their times. What comes out depends on nothing
 * else: not on when the readings came, nor in what order, nor on the clock. So the verdict on late
 * readings is that on the same readings in time.
 *
 * <p>It fires with the first reading that shows the metric to have been beyond its limit for as
 * long as the rule says. A reading that is not beyond it, or a gap longer than {@code gapNanos},
 * starts the count anew. It is over with the first reading on the good side of the hysteresis; a
 * gap does not end it.
 */
final class Fold {
  static final long NONE = Long.MIN_VALUE;

  private final Threshold limit;
  private final long lastingNanos;
  private final long gapNanos;
  private final List<Span> spans = new ArrayList<>();
  private long lastTime = NONE;
  private long beyondSince = NONE;
  private long firingSince = NONE;
  private double firingValue = Double.NaN;

  /**
   * Where it stands after a reading.
   *
   * @param lastTime the reading's time
   * @param beyondSince since when the metric has been beyond its limit, or {@link #NONE}
   * @param firingSince since when it fires, or {@link #NONE}
   * @param firingValue the value it began to fire with
   */
  record Stand(long lastTime, long beyondSince, long firingSince, double firingValue) {
    /** Nothing is known. */
    static final Stand NOWHERE = new Stand(NONE, NONE, NONE, Double.NaN);

    static Stand firing(long since, double value) {
      return new Stand(since, NONE, since, value);
    }

    boolean isIdle() {
      return beyondSince == NONE && firingSince == NONE;
    }
  }

  Fold(RuleSpec rule, Threshold limit, long gapNanos, Stand from) {
    this.limit = limit;
    this.lastingNanos = rule.lasting().toNanos();
    this.gapNanos = gapNanos;
    lastTime = from.lastTime;
    beyondSince = from.beyondSince;
    firingSince = from.firingSince;
    firingValue = from.firingValue;
  }

  /** The next reading; not before the last one. */
  void next(long time, double value) {
    if (firingSince != NONE) {
      if (limit.isOver(value)) {
        spans.add(new Span(firingSince, time, firingValue));
        firingSince = NONE;
        beyondSince = NONE;
      }
    } else if (limit.isBeyond(value)) {
      if (beyondSince == NONE || time - lastTime > gapNanos) {
        beyondSince = time;
      }
      if (time - beyondSince >= lastingNanos) {
        firingSince = time;
        firingValue = value;
      }
    } else {
      beyondSince = NONE;
    }
    lastTime = time;
  }

  /** What it fired, ascending; the last may be open. */
  List<Span> spans() {
    List<Span> all = new ArrayList<>(spans);
    if (firingSince != NONE) {
      all.add(new Span(firingSince, Span.OPEN, firingValue));
    }
    return all;
  }

  Stand stand() {
    return new Stand(lastTime, beyondSince, firingSince, firingValue);
  }
}
