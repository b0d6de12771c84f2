package io.tidemark.sim.relay;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Links that many people have, as patterns of faults; the seed decides when these come. */
public enum Profile {
  /** A mobile network: slow answers, some loss, lost coverage, a translator that forgets. */
  MOBILE,
  /** A home router on its last legs: short cuts, and connections that die without a word. */
  ROUTER,
  /** A satellite: far, narrow, and now and then behind the horizon. */
  SATELLITE;

  /** What makes it up. */
  public List<FaultPattern> patterns() {
    return switch (this) {
      case MOBILE ->
          parsed(
              "latency 80ms jitter 60ms",
              "loss 1%",
              "duplicate 0.2%",
              "bandwidth 2Mbit",
              "freeze for 3s randomly every 1m",
              "cut for 8s randomly every 3m",
              "silent-cut for 2s randomly every 10m");
      case ROUTER ->
          parsed(
              "latency 15ms jitter 10ms",
              "loss 0.5%",
              "cut for 2s randomly every 1m",
              "half-open up for 20s randomly every 3m",
              "silent-cut for 5s randomly every 5m");
      case SATELLITE ->
          parsed(
              "latency 300ms jitter 30ms",
              "bandwidth 256kbit",
              "loss 2%",
              "freeze for 20s randomly every 5m");
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static List<FaultPattern> parsed(String... faults) {
    return Stream.of(faults).map(FaultSyntax::parse).toList();
  }
}
