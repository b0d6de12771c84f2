package io.tidemark.sim.view;

import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.PackedHistogram;

/**
 * What was measured in a stretch of time, so that neighbours can be merged. What must not be
 * averaged away is kept as the worst of them.
 *
 * @param cpuSeconds processor time this process used
 * @param response in microseconds; not to be changed
 * @param latency in microseconds; not to be changed
 * @see Point for the others
 */
record Interval(
    double from,
    double to,
    long produced,
    long acknowledged,
    long connectedLeast,
    long waitingMost,
    double cpuSeconds,
    double behindMost,
    AbstractHistogram response,
    AbstractHistogram latency) {
  /** Two digits: within one percent, and small enough to keep a thousand of them. */
  private static final int DIGITS = 2;

  /** Both, as one. */
  Interval plus(Interval next) {
    return new Interval(
        from,
        next.to,
        produced + next.produced,
        acknowledged + next.acknowledged,
        Math.min(connectedLeast, next.connectedLeast),
        Math.max(waitingMost, next.waitingMost),
        cpuSeconds + next.cpuSeconds,
        Math.max(behindMost, next.behindMost),
        sum(response, next.response),
        sum(latency, next.latency));
  }

  /** The same in little room. */
  Interval packed() {
    return new Interval(
        from,
        to,
        produced,
        acknowledged,
        connectedLeast,
        waitingMost,
        cpuSeconds,
        behindMost,
        sum(response),
        sum(latency));
  }

  /** As it is shown. */
  Point point() {
    return new Point(
        from,
        to,
        produced,
        acknowledged,
        connectedLeast,
        waitingMost,
        cpuSeconds / (to - from),
        behindMost,
        Percentiles.of(response),
        Percentiles.of(latency));
  }

  private static AbstractHistogram sum(AbstractHistogram... parts) {
    PackedHistogram sum = new PackedHistogram(parts[0].getHighestTrackableValue(), DIGITS);
    for (AbstractHistogram part : parts) {
      sum.add(part);
    }
    return sum;
  }
}
