package io.tidemark.wire.failover;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Whose turn it is. Gateways are tried in rounds: each of them once, one right after the other, as
 * the first that can commit is wanted at once; only a round in which none was any good is followed
 * by a pause. Gateways are known by their place in the list, from 0. Confined to one thread.
 */
public final class Turns {
  /** A Server Reference may leave it out (MQTT 5, 4.11). */
  private static final String PORT_DEFAULT = ":1883";

  private final List<String> names;
  private final int home;

  /** Those that were left in this round. */
  private final BitSet left = new BitSet();

  private int current;

  /**
   * @param names by which a Server Reference can mean each gateway, {@code host} or {@code
   *     host:port}; empty for one that is never meant, as it does not speak MQTT
   * @param home which of them is home, and the first to be tried
   */
  public Turns(List<String> names, int home) {
    this.names = names.stream().map(Turns::full).toList();
    this.home = home;
    this.current = home;
  }

  /** In lower case, with its port. */
  private static String full(String name) {
    boolean hasPort = name.lastIndexOf(':') > name.lastIndexOf(']'); // of an IPv6 address
    return name.isEmpty() || hasPort
        ? name.toLowerCase(Locale.ROOT)
        : name.toLowerCase(Locale.ROOT) + PORT_DEFAULT;
  }

  /** Whose turn it is. */
  public int current() {
    return current;
  }

  /** Which gateway is home. */
  public int home() {
    return home;
  }

  /** True if it is home's turn. */
  public boolean isHome() {
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
  public boolean leave(String reference) {
    left.set(current);
    boolean over = left.cardinality() == names.size();
    if (over) {
      left.clear();
    }
    current = next(reference);
    return over;
  }

  private int next(String reference) {
    for (String named : reference.split(" ", -1)) {
      int index = named.isEmpty() ? -1 : names.indexOf(full(named));
      if (index >= 0 && index != current && !left.get(index)) {
        return index;
      }
    }
    int next = current;
    do {
      next = (next + 1) % names.size();
    } while (left.get(next));
    return next;
  }

  /** The present one has been good for a while: the round begins with it. */
  public void beginRound() {
    left.clear();
  }

  /** It is home's turn. */
  public void goHome() {
    current = home;
  }
}
