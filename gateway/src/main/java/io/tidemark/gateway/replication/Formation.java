package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How gateways become a cluster. A peer's id is known only once its data folder has been made, so
 * nobody can write down the members beforehand: each greets those in {@code tidemark.cluster.peers}
 * until all have answered and agree on that list; then the one with the lowest id mints the cluster
 * and says so in its greetings, and the others find themselves among its members.
 *
 * <p>A gateway that belongs to a cluster already tells it, so that one that is late still joins it,
 * and one that has lost its folder is not taken for its former self.
 */
final class Formation {
  private static final long PAUSE_MS = 200;
  private static final long ROUND_MAX_MS = 2_000;

  private final Identity identity;
  private final Peers peers;
  private final Neighbours neighbours;
  private final Map<String, Address> others;

  Formation(Identity identity, Peers peers, Neighbours neighbours) {
    this.identity = identity;
    this.peers = peers;
    this.neighbours = neighbours;
    this.others = others(peers.addresses(), identity.gateway());
  }

  /** All addresses but one's own. */
  static Map<String, Address> others(Map<String, Address> all, String self) {
    Map<String, Address> others = new LinkedHashMap<>(all);
    others.remove(self);
    return others;
  }

  /**
   * Waits until there is a cluster with this gateway in it.
   *
   * @param stopped whether it is given up
   * @param said told what is waited for, each time that changes
   * @throws LogStartException if it cannot be: the gateways disagree, or this one is not of the
   *     cluster that there is
   * @throws InterruptedException if it is given up
   */
  Membership await(BooleanSupplier stopped, Consumer<String> said)
      throws LogStartException, InterruptedException {
    String before = "";
    while (true) {
      greet();
      Membership found = look();
      if (found != null) {
        return found;
      }
      if (stopped.getAsBoolean()) {
        throw new InterruptedException("stopped before the cluster was formed");
      }
      String missing = missing();
      if (!missing.equals(before)) {
        said.accept(missing);
        before = missing;
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    }
  }

  private void greet() throws InterruptedException {
    try {
      neighbours.greet(others).get(ROUND_MAX_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Who has not answered is missing.
    }
  }

  private @Nullable Membership look() throws LogStartException {
    Map<String, String> incarnations = new TreeMap<>();
    incarnations.put(identity.gateway(), identity.incarnation());
    for (String gateway : others.keySet()) {
      Greeting greeting = neighbours.recent(gateway);
      if (greeting == null) {
        continue;
      }
      if (!greeting.getCluster().isEmpty()) {
        return join(greeting);
      }
      checkAgreement(greeting);
      incarnations.put(gateway, greeting.getIncarnation());
    }
    String first = incarnations.keySet().iterator().next();
    return incarnations.size() == peers.addresses().size() && first.equals(identity.gateway())
        ? form(incarnations)
        : null;
  }

  private Membership form(Map<String, String> incarnations) {
    List<Member> members = new ArrayList<>();
    incarnations.forEach(
        (gateway, incarnation) -> members.add(new Member(gateway, incarnation, address(gateway))));
    return new Membership(Identity.randomHex(), members, Set.of());
  }

  private Address address(String gateway) {
    Address address = peers.addresses().get(gateway);
    if (address == null) {
      throw new IllegalStateException(gateway + " is not in the list");
    }
    return address;
  }

  private Membership join(Greeting greeting) throws LogStartException {
    Membership membership = Greetings.membership(greeting);
    Member self = membership.member(identity.gateway());
    if (self == null) {
      throw new LogStartException(
          "gateway %s belongs to cluster %s, whose members are %s: %s is not one of them"
              .formatted(
                  greeting.getGateway(),
                  membership.cluster(),
                  membership.line(),
                  identity.gateway()),
          null);
    }
    if (!self.incarnation().equals(identity.incarnation())) {
      throw new LogStartException(
          "cluster %s knows gateway %s by another data folder (%s) than this one (%s): put that one back. An empty folder does not take its place, as it does not hold what was acknowledged"
              .formatted(
                  membership.cluster(),
                  identity.gateway(),
                  self.incarnation(),
                  identity.incarnation()),
          null);
    }
    return membership;
  }

  private void checkAgreement(Greeting greeting) throws LogStartException {
    Map<String, String> theirs = new TreeMap<>();
    greeting.getListedList().forEach(m -> theirs.put(m.getGateway(), m.getAddress()));
    Map<String, String> ours = new TreeMap<>();
    peers.addresses().forEach((gateway, address) -> ours.put(gateway, address.toString()));
    if (!ours.equals(theirs)) {
      throw new LogStartException(
          "tidemark.cluster.peers has to be the same on every gateway, but is %s here and %s on %s"
              .formatted(ours, theirs, greeting.getGateway()),
          null);
    }
  }

  private String missing() {
    List<String> missing = new ArrayList<>();
    others.forEach(
        (gateway, address) -> {
          if (neighbours.recent(gateway) == null) {
            missing.add(gateway + " at " + address);
          }
        });
    return missing.isEmpty()
        ? "waits for the gateway with the lowest id to form the cluster"
        : "waits for " + String.join(", ", missing) + " to form the cluster";
  }
}
