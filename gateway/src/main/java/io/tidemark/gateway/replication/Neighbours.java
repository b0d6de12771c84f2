package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Greeting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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

  private static final Duration GREET_TIMEOUT = Duration.ofSeconds(1);

  private record Heard(Greeting greeting, long atNanos) {}

  private final Supplier<Greeting> mine;
  private final Map<String, Heard> heard = new ConcurrentHashMap<>();
  private final Map<Address, PeerLink> links = new ConcurrentHashMap<>();

  Neighbours(Supplier<Greeting> mine) {
    this.mine = mine;
  }

  /** One has greeted, or has answered. */
  void hear(Greeting greeting) {
    heard.put(greeting.getGateway(), new Heard(greeting, System.nanoTime()));
  }

  /** Greets them all; done when each has answered or has had its time. */
  CompletableFuture<Void> greet(Map<String, Address> others) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    others.forEach(
        (gateway, address) -> answers.add(ask(gateway, address).handle((answer, failure) -> null)));
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
  }

  /** Greets one, and brings what it says; fails if that is another gateway, or none in time. */
  CompletableFuture<Greeting> ask(String gateway, Address address) {
    Greeting greeting = mine.get();
    return link(address)
        .greet(greeting, GREET_TIMEOUT)
        .thenApply(
            answer -> {
              if (!answer.getGateway().equals(gateway) || !isOfOurs(greeting, answer)) {
                throw new IllegalStateException(
                    "at %s is gateway %s of cluster %s"
                        .formatted(address, answer.getGateway(), answer.getCluster()));
              }
              hear(answer);
              return answer;
            });
  }

  /** Before there is a cluster, one that has one is to be heard. */
  private static boolean isOfOurs(Greeting mine, Greeting theirs) {
    return mine.getCluster().isEmpty() || mine.getCluster().equals(theirs.getCluster());
  }

  /** What a gateway said of itself a moment ago; null if it has not been heard since. */
  @Nullable Greeting recent(String gateway) {
    Heard last = heard.get(gateway);
    return last == null || System.nanoTime() - last.atNanos > RECENT.toNanos()
        ? null
        : last.greeting;
  }

  /** What a gateway said of itself last, whenever that was; null if it was never heard. */
  @Nullable Greeting last(String gateway) {
    Heard last = heard.get(gateway);
    return last == null ? null : last.greeting;
  }

  PeerLink link(Address address) {
    return links.computeIfAbsent(address, PeerLink::new);
  }

  @Override
  public void close() {
    links.values().forEach(PeerLink::close);
  }
}
