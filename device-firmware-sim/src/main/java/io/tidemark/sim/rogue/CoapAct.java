package io.tidemark.sim.rogue;

import java.util.function.IntFunction;

/**
 * What is sent from one socket.
 *
 * @param datagrams how many there are at most
 * @param datagram makes each, from 0; one that waits sends the next when the one before it was
 *     answered 2.31 (Continue)
 */
record CoapAct(int datagrams, IntFunction<byte[]> datagram, Manner manner) {

  /** A datagram that must be refused, or passed over. */
  static CoapAct of(byte[] datagram) {
    return new CoapAct(1, n -> datagram, Manner.WAITS);
  }
}
