package io.tidemark.sim.relay;

import java.time.Duration;

/**
 * What a relay keeps at most. So connections and clients cost at most {@code 2 * waitingMaxBytes}
 * each, and a little for themselves.
 *
 * @param connectionsMax TCP connections at a time on one route; more are reset
 * @param clientsMax UDP clients (addresses) remembered at a time on one route; datagrams of more
 *     are lost
 * @param clientIdle a UDP client that was silent for so long, in both directions, is forgotten
 * @param waitingMaxBytes what waits in one direction of one connection or client. A connection is
 *     then read no further, so the side that sends has to wait; a datagram that does not fit is
 *     lost. One read of 4 KiB may go beyond it.
 */
public record RelayLimits(
    int connectionsMax, int clientsMax, Duration clientIdle, int waitingMaxBytes) {
  /**
   * 10,000 connections, 10,000 clients, forgotten after 5 minutes (CoAP's EXCHANGE_LIFETIME is 247
   * s, RFC 7252 section 4.8.2), 64 KiB.
   */
  public static final RelayLimits DEFAULT =
      new RelayLimits(10_000, 10_000, Duration.ofMinutes(5), 64 << 10);

  /** Refuses what nothing could pass with. */
  public RelayLimits {
    if (connectionsMax < 1
        || clientsMax < 1
        || waitingMaxBytes < 1
        || clientIdle.isZero()
        || clientIdle.isNegative()) {
      throw new IllegalArgumentException("limits of a relay are above 0");
    }
  }
}
