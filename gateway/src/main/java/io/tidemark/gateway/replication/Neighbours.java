package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The other gateways as they last greeted this one, and the links to them. Thread-safe.
 *
 * <p>What a greeting says is at most {@link #RECENT} old when it is used; nothing that must be
 * right depends on it, only where things are sent and what people are told.
 */
final class Neighbours implements AutoCloseable {
  /** How long a greeting is believed. */
  static final Duration RECENT = Duration.ofSeconds(2);

  /**
   * Connections that are silent for longer than this need too long to find out that all is well.
   */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(5);

  private static final Duration GREET_TIMEOUT = Duration.ofSeconds(1);

  private record Heard(Greeting greeting, long atNanos) {}

  private final Supplier<Greeting> mine;
  private final @Nullable PeerTls tls;
  private final Map<String, Heard> heard = new ConcurrentHashMap<>();
  private final Map<String, Heard> newcomers = new ConcurrentHashMap<>();
  private final Map<Address, PeerLink> links = new ConcurrentHashMap<>();
  private final Set<String> returned = ConcurrentHashMap.newKeySet();
  private final LongSupplier nanos;

  /**
   * @param tls null if nothing is encrypted
   */
  Neighbours(Supplier<Greeting> mine, @Nullable PeerTls tls) {
    this(mine, tls, System::nanoTime);
  }

  /** The same with another clock. */
  Neighbours(Supplier<Greeting> mine, @Nullable PeerTls tls, LongSupplier nanos) {
    this.mine = mine;
    this.tls = tls;
    this.nanos = nanos;
  }

  /** One has greeted, or has answered. */
  void hear(Greeting greeting) {
    Heard now = new Heard(greeting, nanos.getAsLong());
    Heard before = heard.put(greeting.getGateway(), now);
    if (before != null && now.atNanos - before.atNanos > SILENCE_MAX.toNanos()) {
      returned.add(Identity.peer(greeting.getGateway(), greeting.getIncarnation()));
    }
  }

  /** Peers that were heard again after a long silence, since this was asked last. */
  Set<String> returned() {
    Set<String> some = Set.copyOf(returned);
    returned.removeAll(some);
    return some;
  }

  /** Greets whoever is at each address, and hears those that are who they should be. */
  CompletableFuture<Void> greetAll(Map<String, Address> addresses) {
    Greeting greeting = mine.get();
    List<CompletableFuture<?>> answers = new ArrayList<>();
    addresses.forEach(
        (gateway, address) ->
            answers.add(
                link(address)
                    .greet(greeting, GREET_TIMEOUT)
                    .handle(
                        (answer, failure) -> {
                          if (answer != null && answer.getGateway().equals(gateway)) {
                            hear(answer);
                          }
                          return null;
                        })));
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
  }

  /** Greets members; what they answer is heard. */
  void greetAll(Collection<Member> members) {
    Greeting greeting = mine.get();
    members.forEach(member -> ask(member, greeting));
  }

  /** Greets a member, and brings what it says; fails if there is another one, or none in time. */
  CompletableFuture<Greeting> ask(Member member) {
    return ask(member, mine.get());
  }

  private CompletableFuture<Greeting> ask(Member member, Greeting greeting) {
    return link(member.address())
        .greet(greeting, GREET_TIMEOUT)
        .thenApply(
            answer -> {
              if (answer.getGateway().equals(member.gateway())
                  && answer.getIncarnation().equals(member.incarnation())
                  && answer.getCluster().equals(greeting.getCluster())) {
                hear(answer);
                return answer;
              }
              if (answer.getCluster().isEmpty() && answer.getGateway().equals(member.gateway())) {
                newcomers.put(member.gateway(), new Heard(answer, nanos.getAsLong()));
              }
              throw new IllegalStateException(
                  "at %s is gateway %s with data folder %s, not %s"
                      .formatted(
                          member.address(),
                          answer.getGateway(),
                          answer.getIncarnation(),
                          member.peer()));
            });
  }

  /** Greets whoever is at an address, and brings what it says. */
  CompletableFuture<Greeting> ask(Address address) {
    PeerLink once;
    try {
      once = new PeerLink(address, tls);
    } catch (RuntimeException e) { // it is not clear which for a host that cannot be one
      return CompletableFuture.failedFuture(e);
    }
    return once.greet(mine.get(), GREET_TIMEOUT).whenComplete((answer, failure) -> once.close());
  }

  /** What a group's leader said of it a moment ago; null if none is heard. */
  @Nullable Replica leaders(String group) {
    Replica latest = null;
    for (Heard each : heard.values()) {
      Greeting greeting = recent(each);
      Replica replica = greeting == null ? null : Greetings.replica(greeting, group);
      if (replica != null
          && replica.getLeads()
          && (latest == null || replica.getTerm() > latest.getTerm())) {
        latest = replica;
      }
    }
    return latest;
  }

  /** The latest membership of a cluster that was just heard of; null if none was. */
  @Nullable Membership latest(String cluster) {
    Membership latest = null;
    for (Heard each : heard.values()) {
      Greeting greeting = recent(each);
      Membership told = greeting == null ? null : Greetings.understood(greeting);
      latest =
          told != null
                  && told.cluster().equals(cluster)
                  && (latest == null || told.generation() > latest.generation())
              ? told
              : latest;
    }
    return latest;
  }

  /**
   * Who was just found at a member's address in its place: the same gateway with a data folder that
   * belongs to no cluster, which may be that member's own before it knows of the cluster; null if
   * nobody was.
   */
  @Nullable Greeting newcomer(String gateway) {
    return recent(newcomers.get(gateway));
  }

  /** What a gateway said of itself a moment ago; null if it has not been heard since. */
  @Nullable Greeting recent(String gateway) {
    return recent(heard.get(gateway));
  }

  private @Nullable Greeting recent(@Nullable Heard last) {
    return last == null || nanos.getAsLong() - last.atNanos > RECENT.toNanos()
        ? null
        : last.greeting;
  }

  /** What a gateway said of itself last, whenever that was; null if it was never heard. */
  @Nullable Greeting last(String gateway) {
    Heard last = heard.get(gateway);
    return last == null ? null : last.greeting;
  }

  /** What these said of themselves a moment ago, as far as they were heard. */
  List<Greeting> recentOf(Collection<Member> members) {
    return of(members, this::recent);
  }

  /** What these said of themselves last, as far as they were ever heard. */
  List<Greeting> lastOf(Collection<Member> members) {
    return of(members, this::last);
  }

  private static List<Greeting> of(
      Collection<Member> members, Function<String, @Nullable Greeting> how) {
    List<Greeting> greetings = new ArrayList<>();
    for (Member member : members) {
      Greeting greeting = how.apply(member.gateway());
      if (greeting != null) {
        greetings.add(greeting);
      }
    }
    return greetings;
  }

  PeerLink link(Address address) {
    return links.computeIfAbsent(address, each -> new PeerLink(each, tls));
  }

  /** Ends the connection with an address, if there is one; the next question makes another. */
  void leave(Address address) {
    PeerLink link = links.remove(address);
    if (link != null) {
      link.close();
    }
  }

  @Override
  public void close() {
    links.values().forEach(PeerLink::close);
  }
}
