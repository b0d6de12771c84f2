package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.MembershipChange.Newcomer;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How gateways become a cluster, and how one comes into a cluster that there is. A peer's id is
 * known only once its data folder has been made, so nobody can write down the members beforehand:
 * each greets those in {@code tidemark.cluster.peers} until all have answered and agree on that
 * list; then the one with the lowest id mints the cluster and says so in its greetings, and the
 * others find themselves among its members.
 *
 * <p>A gateway that belongs to a cluster already tells it. One that is late still joins it; one
 * that is not a member, or was one with another data folder, waits to be taken in by the members
 * ({@link Changes}).
 */
final class Formation {
  private static final long PAUSE_MS = 200;
  private static final long ROUND_MAX_MS = 2_000;

  private final Identity identity;
  private final Peers peers;
  private final Neighbours neighbours;
  private final Map<String, Address> others;

  /** The cluster that the others are in, without this gateway; null if they are in none. */
  private @Nullable Membership isThere;

  Formation(Identity identity, Peers peers, Neighbours neighbours) {
    this.identity = identity;
    this.peers = peers;
    this.neighbours = neighbours;
    this.others = new LinkedHashMap<>(peers.addresses());
    others.remove(identity.gateway());
  }

  /**
   * Waits until there is a cluster with this gateway in it.
   *
   * @param stopped whether it is given up
   * @param said told what is waited for, each time that changes
   * @throws LogStartException if it cannot be: the gateways disagree
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
      neighbours.greetAll(others).get(ROUND_MAX_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Who has not answered is missing.
    }
  }

  private @Nullable Membership look() throws LogStartException {
    Map<String, String> incarnations = new TreeMap<>();
    incarnations.put(identity.gateway(), identity.incarnation());
    Membership newest = null;
    List<Greeting> unformed = new ArrayList<>();
    for (String gateway : others.keySet()) {
      Greeting greeting = neighbours.recent(gateway);
      Membership told = greeting == null ? null : membership(greeting);
      if (told != null && newest != null && !told.cluster().equals(newest.cluster())) {
        throw new LogStartException(
            "the gateways in tidemark.cluster.peers are of different clusters, %s (%s) and %s (%s): name those of one"
                .formatted(newest.cluster(), newest.line(), told.cluster(), told.line()),
            null);
      } else if (told != null) {
        newest = newest == null || told.generation() > newest.generation() ? told : newest;
      } else if (greeting != null) {
        unformed.add(greeting);
        incarnations.put(gateway, greeting.getIncarnation());
      }
    }
    isThere = newest;
    if (newest != null) {
      return newest.has(identity) ? newest : null;
    }
    for (Greeting greeting : unformed) {
      checkAgreement(greeting);
    }
    String first = incarnations.keySet().iterator().next();
    return incarnations.size() == peers.addresses().size() && first.equals(identity.gateway())
        ? form(incarnations)
        : null;
  }

  private Membership form(Map<String, String> incarnations) {
    List<Newcomer> founders = new ArrayList<>();
    incarnations.forEach(
        (gateway, incarnation) ->
            founders.add(new Newcomer(gateway, incarnation, address(gateway))));
    return MembershipChange.formed(Identity.randomHex(), founders);
  }

  private Address address(String gateway) {
    Address address = peers.addresses().get(gateway);
    if (address == null) {
      throw new IllegalStateException(gateway + " is not in the list");
    }
    return address;
  }

  private static @Nullable Membership membership(Greeting greeting) throws LogStartException {
    try {
      return Greetings.membership(greeting);
    } catch (IllegalArgumentException e) {
      throw new LogStartException(
          "what gateway %s says of its cluster cannot be understood, is it of another version? %s"
              .formatted(greeting.getGateway(), e.getMessage()),
          e);
    }
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
    Membership there = isThere;
    if (there != null) {
      return waitsFor(there);
    }
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

  private String waitsFor(Membership there) {
    String self = identity.gateway();
    Address address = address(self);
    Member former = there.member(self);
    String prefix =
        "waits to be taken into cluster %s, whose members are %s: "
            .formatted(there.cluster(), there.line());
    if (former == null) {
      return prefix
          + "it is not one of them; with \"tidemark gateway cluster add %s=%s ...\" it becomes one"
              .formatted(self, address);
    }
    if (!former.address().equals(address)) {
      return prefix
          + "it was one at another address; with \"tidemark gateway cluster replace %s=%s\" it is one again"
              .formatted(self, address);
    }
    return prefix
        + "they know it by another data folder (%s) than this one (%s); they take this one by themselves once a majority of them is there. If the other is not lost, stop this and put it back"
            .formatted(former.incarnation(), identity.incarnation());
  }
}
