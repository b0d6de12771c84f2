package io.tidemark.sim.fleet;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * How devices behave towards gateways.
 *
 * @param gateways tried in this order, over and over; device {@code i} begins with the {@code i}-th
 *     of them, which is its home
 * @param windowBatches how many batches a device has unacknowledged on the way
 * @param outstandingMaxBatches how many batches of all devices together may be produced and not
 *     acknowledged; producing waits when it is reached
 * @param connectsPerSecond how fast the devices connect at first; infinite is all at once
 * @param backoffMin first pause before trying all gateways (or sending what was refused for now)
 *     again; doubles up to {@code backoffMax}
 * @param backoffMax longest pause
 * @param ackTimeout with several gateways: how long a device waits for an acknowledgement before it
 *     goes to the next; longer with every round in which none gave one
 * @param homeAfter how long at least a device stays with another gateway before it goes home; up to
 *     twice as long, at random
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
    Duration homeAfter,
    Duration statusInterval,
    long seed) {
  /** How often rounds without success double the patience with a gateway. */
  private static final int PATIENCE_DOUBLINGS_MAX = 2;

  /**
   * With the time to connect, and a second until the next batch, a device has its acknowledgement
   * from the next gateway within 12 s of one's going silent.
   */
  public static final Duration ACK_TIMEOUT_DEFAULT = Duration.ofSeconds(8);

  public static final Duration HOME_AFTER_DEFAULT = Duration.ofMinutes(5);

  private static final Duration CONNECT_TIMEOUT_ALONE = Duration.ofSeconds(10);
  private static final Duration CONNECT_TIMEOUT_OTHERS = Duration.ofSeconds(3);

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
        homeAfter,
        statusInterval,
        seed);
  }

  /** True if there is another gateway to go to. */
  boolean hasOthers() {
    return gateways.size() > 1;
  }

  /**
   * How long connecting may take, the gateway's first answer included; where there are others, no
   * longer than an acknowledgement.
   *
   * @param rounds how many rounds of all gateways there have been since something was taken: where
   *     all seem to be away it may be the network that is slow, so patience doubles with each, up
   *     to four times as long
   */
  Duration connectTimeout(int rounds) {
    Duration shortest =
        ackTimeout.compareTo(CONNECT_TIMEOUT_OTHERS) < 0 ? ackTimeout : CONNECT_TIMEOUT_OTHERS;
    return hasOthers() ? patient(shortest, rounds) : CONNECT_TIMEOUT_ALONE;
  }

  /** How long a device waits for an acknowledgement, in the same way. */
  Duration ackTimeout(int rounds) {
    return patient(ackTimeout, rounds);
  }

  private static Duration patient(Duration shortest, int rounds) {
    return shortest.multipliedBy(1L << Math.min(rounds, PATIENCE_DOUBLINGS_MAX));
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
        ACK_TIMEOUT_DEFAULT,
        HOME_AFTER_DEFAULT,
        Duration.ofMinutes(1),
        seed);
  }
}
