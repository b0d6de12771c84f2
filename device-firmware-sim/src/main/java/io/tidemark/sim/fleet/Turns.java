package io.tidemark.sim.fleet;

import java.net.URI;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Whose turn it is. Gateways are tried in rounds: each of them once, one right after the other, as
 * the first that can commit is wanted at once; only a round in which none was any good is followed
 * by a pause. Owned by the device's loop.
 */
final class Turns {
  /** Who may be named by a Server Reference: who speaks MQTT. */
  private static final String NAMED_SCHEME = "tcp";

  private static final int PORT_DEFAULT = 1883;

  private final List<URI> gateways;
  private final int home;

  /** Those that were left in this round. */
  private final BitSet left = new BitSet();

  private int current;

  /**
   * @param home which of them is home, from 0
   */
  Turns(List<URI> gateways, int home) {
    this.gateways = gateways;
    this.home = home;
    this.current = home;
  }

  URI gateway() {
    return gateways.get(current);
  }

  URI home() {
    return gateways.get(home);
  }

  boolean isHome() {
    return current == home;
  }

  /**
   * The present one is no good: it is the next one's turn, or that of the one it names. That is
   * followed only to a gateway of this list, and once a round: a forged reference, or two gateways
   * that name each other, lead nowhere.
   *
   * @param reference Server Reference (MQTT 5, 4.11), or empty
   * @return true if with this one all have been left: the round is over
   */
  boolean leave(String reference) {
    left.set(current);
    boolean over = left.cardinality() == gateways.size();
    if (over) {
      left.clear();
    }
    int next = following();
    for (String named : reference.toLowerCase(Locale.ROOT).split(" ", -1)) {
      int index = indexOf(named);
      if (index >= 0 && index != current && !left.get(index)) {
        next = index;
        break;
      }
    }
    current = next;
    return over;
  }

  /** The present one has been good for a while: the round begins with it. */
  void beginRound() {
    left.clear();
  }

  void goHome() {
    current = home;
  }

  private int following() {
    int next = current;
    do {
      next = (next + 1) % gateways.size();
    } while (left.get(next));
    return next;
  }

  /** The MQTT gateway with this host and port, in lower case; -1 if there is none. */
  private int indexOf(String named) {
    for (int i = 0; i < gateways.size(); i++) {
      URI gateway = gateways.get(i);
      int port = gateway.getPort() < 0 ? PORT_DEFAULT : gateway.getPort();
      String address = (gateway.getHost() + ":" + port).toLowerCase(Locale.ROOT);
      if (gateway.getScheme().equals(NAMED_SCHEME)
          && (named.equals(address) || address.equals(named + ":" + PORT_DEFAULT))) {
        return i;
      }
    }
    return -1;
  }
}
