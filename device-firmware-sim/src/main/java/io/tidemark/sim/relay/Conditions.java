package io.tidemark.sim.relay;

import java.util.List;

/**
 * What the faults in force at one moment make of the link together: latencies add up, the narrowest
 * bandwidth counts, shares combine as independent chances. Immutable.
 */
final class Conditions {
  /** As good as the network underneath. */
  static final Conditions GOOD = new Conditions(List.of());

  private boolean cut;
  private boolean silentCut;
  private boolean refuse;
  private boolean freeze;
  private boolean halfOpenUp;
  private boolean halfOpenDown;
  private long latencyNanos;
  private long jitterNanos;
  private long bitsPerSecond = Long.MAX_VALUE;
  private double loss;
  private double duplicate;
  private double reorder;

  Conditions(List<Fault> faults) {
    for (Fault fault : faults) {
      add(fault.effect());
    }
  }

  private void add(Effect effect) {
    if (effect instanceof Effect.Cut) {
      cut = true;
    } else if (effect instanceof Effect.SilentCut) {
      silentCut = true;
    } else if (effect instanceof Effect.Refuse) {
      refuse = true;
    } else if (effect instanceof Effect.Freeze) {
      freeze = true;
    } else if (effect instanceof Effect.HalfOpen half) {
      halfOpenUp |= half.up();
      halfOpenDown |= half.down();
    } else if (effect instanceof Effect.Latency slow) {
      latencyNanos += slow.latency().toNanos();
      jitterNanos += slow.jitter().toNanos();
    } else if (effect instanceof Effect.Bandwidth narrow) {
      bitsPerSecond = Math.min(bitsPerSecond, narrow.bitsPerSecond());
    } else if (effect instanceof Effect.Loss some) {
      loss = either(loss, some.share());
    } else if (effect instanceof Effect.Duplicate some) {
      duplicate = either(duplicate, some.share());
    } else if (effect instanceof Effect.Reorder some) {
      reorder = either(reorder, some.share());
    }
  }

  private static double either(double one, double other) {
    return 1 - (1 - one) * (1 - other);
  }

  boolean cut() {
    return cut;
  }

  boolean silentCut() {
    return silentCut;
  }

  boolean refuse() {
    return refuse;
  }

  boolean freeze() {
    return freeze;
  }

  boolean halfOpen(Direction direction) {
    return direction == Direction.UP ? halfOpenUp : halfOpenDown;
  }

  long latencyNanos() {
    return latencyNanos;
  }

  long jitterNanos() {
    return jitterNanos;
  }

  /** How long so many bytes take to be put on the link; nothing where it is not limited. */
  long transmitNanos(int bytes) {
    return bitsPerSecond == Long.MAX_VALUE ? 0 : bytes * 8_000_000_000L / bitsPerSecond;
  }

  double loss() {
    return loss;
  }

  double duplicate() {
    return duplicate;
  }

  double reorder() {
    return reorder;
  }
}
