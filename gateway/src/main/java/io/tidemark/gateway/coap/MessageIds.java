package io.tidemark.gateway.coap;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.eclipse.californium.core.coap.Message;
import org.eclipse.californium.core.network.MessageIdProvider;

/**
 * Message ids for what is sent beside the acknowledgements. Californium's own provider keeps a
 * counter for every peer and has none left once forged addresses have used them up; here peers
 * share a fixed number of counters. An id may come again to the same peer within EXCHANGE_LIFETIME
 * (RFC 7252, section 4.4) only if 65,536 messages were sent to the peers of its counter meanwhile.
 * Thread-safe.
 */
final class MessageIds implements MessageIdProvider {
  private static final int COUNTERS = 4_096;

  private final AtomicInteger[] counters = new AtomicInteger[COUNTERS];

  MessageIds(RandomGenerator random) {
    for (int i = 0; i < COUNTERS; i++) {
      // At random, so that a restarted gateway does not repeat the ids it has just used.
      counters[i] = new AtomicInteger(random.nextInt(Message.MAX_MID + 1));
    }
  }

  @Override
  public int getNextMessageId(InetSocketAddress destination) {
    return counters[Math.floorMod(destination.hashCode(), COUNTERS)].getAndIncrement()
        & Message.MAX_MID;
  }
}
