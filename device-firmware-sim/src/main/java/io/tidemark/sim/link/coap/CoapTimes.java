package io.tidemark.sim.link.coap;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * When a message is sent again, and when that ends (RFC 7252, sections 4.2 and 4.8).
 *
 * @param ackTimeout ACK_TIMEOUT: the first message waits for its acknowledgement so long, times
 *     something random from 1 to {@code ackRandomFactor}; each further one twice as long
 * @param ackRandomFactor ACK_RANDOM_FACTOR, at least 1
 * @param maxRetransmit MAX_RETRANSMIT: how often a message is sent again
 * @param responseTimeout how long a response may follow an empty acknowledgement, which promises
 *     none
 */
public record CoapTimes(
    Duration ackTimeout, double ackRandomFactor, int maxRetransmit, Duration responseTimeout) {
  /** As section 4.8 says; a response is waited for MAX_TRANSMIT_WAIT. */
  public static final CoapTimes DEFAULT =
      new CoapTimes(Duration.ofSeconds(2), 1.5, 4, Duration.ofSeconds(93));

  /**
   * EXCHANGE_LIFETIME (section 4.8.2): how long a message id must not be used again, in
   * nanoseconds.
   */
  static final long EXCHANGE_LIFETIME_NANOS = Duration.ofSeconds(247).toNanos();

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  public CoapTimes {
    if (ackTimeout.isNegative() || ackTimeout.isZero() || ackRandomFactor < 1) {
      throw new IllegalArgumentException(
          "ACK_TIMEOUT must be above 0 and ACK_RANDOM_FACTOR at least 1 (RFC 7252, 4.8)");
    }
    if (maxRetransmit < 0 || maxRetransmit > 16) {
      throw new IllegalArgumentException("MAX_RETRANSMIT must be 0 to 16, but is " + maxRetransmit);
    }
  }

  /** How long the first message waits for its acknowledgement, in nanoseconds. */
  long firstNanos(SplittableRandom jitter) {
    double factor = 1 + jitter.nextDouble() * (ackRandomFactor - 1);
    return (long) (ackTimeout.toNanos() * factor);
  }
}
