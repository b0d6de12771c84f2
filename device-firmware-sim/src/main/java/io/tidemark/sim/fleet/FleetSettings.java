package io.tidemark.sim.fleet;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * How devices behave towards gateways.
 *
 * @param gateways tried in this order, over and over; device {@code i} begins with the {@code i}-th
 *     of them
 * @param windowBatches how many batches a device has unacknowledged on the way
 * @param outstandingMaxBatches how many batches of all devices together may be produced and not
 *     acknowledged; producing waits when it is reached
 * @param connectsPerSecond how fast the devices connect at first; infinite is all at once
 * @param backoffMin first pause before connecting (or sending what was refused for now) again;
 *     doubles up to {@code backoffMax}
 * @param backoffMax longest pause
 * @param ackTimeout with several gateways: how long a device waits for an acknowledgement before it
 *     goes to the next
 * @param statusInterval how often a connected device says where it stands
 * @param seed decides the jitter
 */
public record FleetSettings(
    List<URI> gateways,
    int windowBatches,
    int outstandingMaxBatches,
    double connectsPerSecond,
    Duration backoffMin,
    Duration backoffMax,
    Duration ackTimeout,
    Duration statusInterval,
    long seed) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException that names the one that is wrong
   */
  public FleetSettings {
    gateways = List.copyOf(gateways);
    if (gateways.isEmpty()) {
      throw new IllegalArgumentException("at least one gateway is needed");
    }
    if (windowBatches < 1 || windowBatches > 1_000) {
      throw new IllegalArgumentException(
          "the window must be 1 to 1000 batches, but is " + windowBatches);
    }
    if (outstandingMaxBatches < 1 || !(connectsPerSecond > 0)) {
      throw new IllegalArgumentException(
          "outstandingMaxBatches must be at least 1, and connectsPerSecond above 0");
    }
  }

  /** The same for other gateways. */
  public FleetSettings withGateways(List<URI> others) {
    return new FleetSettings(
        others,
        windowBatches,
        outstandingMaxBatches,
        connectsPerSecond,
        backoffMin,
        backoffMax,
        ackTimeout,
        statusInterval,
        seed);
  }

  /** The defaults, for the given gateways. */
  public static FleetSettings defaults(List<URI> gateways, long seed) {
    return new FleetSettings(
        gateways,
        16,
        1_000_000,
        1_000,
        Duration.ofMillis(200),
        Duration.ofSeconds(10),
        Duration.ofSeconds(20),
        Duration.ofMinutes(1),
        seed);
  }
}
