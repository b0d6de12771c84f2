package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.Peers.Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether the others can find this gateway. Its name may mean loopback on its own machine, where
 * Debian's installer has written it beside 127.0.1.1; it would listen there, hear nobody, and wait
 * for ever. Blocks while names are looked up.
 */
final class Reachability {
  private final Resolver names;

  /** How names are looked up. */
  interface Resolver {
    InetAddress resolve(String host) throws UnknownHostException;
  }

  Reachability(Resolver names) {
    this.names = names;
  }

  /** Where a peer is, as this machine sees it. */
  private enum Place {
    HERE,
    ELSEWHERE,
    UNKNOWN
  }

  /** Where the others are: as last heard, else as the settings have it. */
  static List<Address> others(LogSettings settings, @Nullable MembershipFile file) {
    String self = settings.gateway();
    return file == null
        ? settings.peers().addresses().entrySet().stream()
            .filter(peer -> !peer.getKey().equals(self))
            .map(Map.Entry::getValue)
            .toList()
        : file.membership().others(self).stream().map(Member::address).toList();
  }

  /**
   * Looks at the addresses of all.
   *
   * @param self id of this gateway
   * @param own where it listens
   * @param others where the other members are
   * @param warned told what is wrong if it is so only for gateways that are still to come, or that
   *     are not known
   * @throws LogStartException if others are elsewhere, which says what to do
   */
  void check(String self, Address own, List<Address> others, Consumer<String> warned)
      throws LogStartException {
    if (own.isLoopback() || place(own) != Place.HERE) {
      return;
    }
    String problem =
        "tidemark.cluster.peers has %s=%s for this gateway, but on its own machine %s is a loopback address, where no other machine finds it; in /etc/hosts take the name away from 127.0.1.1, and give it the address that the others have for it"
            .formatted(self, own, own.host());
    boolean together = !others.isEmpty();
    for (Address other : others) {
      Place place = place(other);
      if (place == Place.ELSEWHERE) {
        throw new LogStartException(problem, null);
      }
      together &= place == Place.HERE;
    }
    if (!together) {
      warned.accept(problem);
    }
  }

  private Place place(Address address) {
    try {
      return names.resolve(address.host()).isLoopbackAddress() ? Place.HERE : Place.ELSEWHERE;
    } catch (UnknownHostException e) {
      return Place.UNKNOWN;
    }
  }
}
