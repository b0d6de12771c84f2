package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.MembershipChange.Newcomer;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.ChangeOutcome;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes changes of the members: by whoever leads the group in which they agree on it. Says what
 * they are to be; that the groups follow is {@link Reconfiguration}'s. Thread-safe.
 */
final class Changes {
  private final Holdings holdings;
  private final Neighbours neighbours;
  private final Predicate<String> settled;

  /**
   * For the holdings of one gateway.
   *
   * @param settled whether a group has exactly the members it should
   */
  Changes(Holdings holdings, Neighbours neighbours, Predicate<String> settled) {
    this.holdings = holdings;
    this.neighbours = neighbours;
    this.settled = settled;
  }

  /** Makes a change; completes normally, whatever becomes of it. */
  CompletionStage<ChangeOutcome> make(Change change) {
    Agreement agreement = holdings.agreement();
    Membership before = current();
    if (agreement == null || before == null || !agreement.replica().leads()) {
      return done(
          ChangeOutcome.newBuilder()
              .setFailed("this gateway does not lead the members' agreement now: try again"));
    }
    if (!before.cluster().equals(change.getCluster())) {
      return done(ChangeOutcome.newBuilder().setRefused("this is cluster " + before.cluster()));
    }
    return newcomers(change)
        .thenCompose(
            newcomers -> {
              Membership next = next(before, change, newcomers);
              return next == null
                  ? CompletableFuture.completedFuture(before)
                  : agreement.propose(next);
            })
        .thenApply(agreed -> ChangeOutcome.newBuilder().setGeneration(agreed.generation()).build())
        .exceptionally(Changes::outcome);
  }

  private static CompletionStage<ChangeOutcome> done(ChangeOutcome.Builder outcome) {
    return CompletableFuture.completedFuture(outcome.build());
  }

  private static ChangeOutcome outcome(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    String words = LogStartException.causes(cause);
    return cause instanceof IllegalArgumentException
        ? ChangeOutcome.newBuilder().setRefused(words).build()
        : ChangeOutcome.newBuilder().setFailed(words).build();
  }

  /**
   * What the members agreed on last, as far as this gateway knows; null before there is a cluster.
   */
  @Nullable Membership current() {
    Agreement agreement = holdings.agreement();
    Membership agreed = agreement == null ? null : agreement.last();
    Membership known = holdings.membership();
    return agreed != null && (known == null || agreed.generation() > known.generation())
        ? agreed
        : known;
  }

  /**
   * What this gateway has to ask for by itself: the end of groups that are forwarded and closed,
   * and a place for gateways that have come back to their address with an empty data folder.
   */
  List<Change> due() {
    Membership of = current();
    List<Change> due = new ArrayList<>();
    if (of == null) {
      return due;
    }
    Change.Builder change = Change.newBuilder().setCluster(of.cluster());
    for (RatisLog log : holdings.logs()) {
      if (log.hasEnded() && of.leaving().contains(log.group())) {
        due.add(change.clone().setEnd(log.group()).build());
      }
    }
    Agreement agreement = holdings.agreement();
    if (agreement != null && agreement.replica().leads()) {
      for (Membership.Member member : of.members()) {
        Greeting newcomer = neighbours.newcomer(member.gateway());
        if (newcomer != null && !newcomer.getIncarnation().equals(member.incarnation())) {
          due.add(
              change
                  .clone()
                  .addReplace(
                      Member.newBuilder()
                          .setGateway(member.gateway())
                          .setAddress(member.address().toString()))
                  .build());
        }
      }
    }
    return due;
  }

  private @Nullable Membership next(Membership before, Change change, List<Newcomer> newcomers) {
    if (!change.getEnd().isEmpty()) {
      return MembershipChange.ended(before, change.getEnd());
    }
    if (change.getReplaceCount() == 1) {
      return MembershipChange.replaced(before, newcomers.get(0));
    }
    Membership next;
    if (change.getAddCount() > 0) {
      next = MembershipChange.added(before, newcomers);
    } else if (change.getRemoveCount() > 0) {
      next = MembershipChange.removed(before, change.getRemoveList());
    } else {
      throw new IllegalArgumentException("a change replaces one gateway, or adds or removes some");
    }
    List<String> unsettled = before.groups().stream().filter(settled.negate()).toList();
    if (!unsettled.isEmpty()) {
      throw new IllegalArgumentException(
          "the last change is not finished: group %s has not its members yet. Wait until it has, or replace the gateway it waits for"
              .formatted(String.join(", ", unsettled)));
    }
    return next;
  }

  /** Asks those who are to come in who they are. */
  private CompletableFuture<List<Newcomer>> newcomers(Change change) {
    List<Member> named = new ArrayList<>(change.getReplaceList());
    named.addAll(change.getAddList());
    List<CompletableFuture<Newcomer>> asked = new ArrayList<>();
    for (Member member : named) {
      asked.add(newcomer(member));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(all -> asked.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<Newcomer> newcomer(Member named) {
    Address address;
    try {
      address = Address.parse(named.getAddress());
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    }
    return neighbours
        .ask(address)
        .handle(
            (greeting, failure) -> {
              if (greeting == null) {
                throw new IllegalArgumentException(
                    "no gateway answers at %s: start %s there, with an empty data folder and a tidemark.cluster.peers that names it and the members (%s)"
                        .formatted(
                            address,
                            named.getGateway(),
                            LogStartException.causes(Objects.requireNonNull(failure))));
              }
              requireNew(named, address, greeting);
              return new Newcomer(named.getGateway(), greeting.getIncarnation(), address);
            });
  }

  private static void requireNew(Member named, Address address, Greeting greeting) {
    if (!greeting.getGateway().equals(named.getGateway())) {
      throw new IllegalArgumentException(
          "at %s is gateway %s, not %s"
              .formatted(address, greeting.getGateway(), named.getGateway()));
    }
    if (!greeting.getCluster().isEmpty()) {
      throw new IllegalArgumentException(
          "the data folder of gateway %s at %s belongs to cluster %s already: it has to be empty"
              .formatted(named.getGateway(), address, greeting.getCluster()));
    }
  }
}
