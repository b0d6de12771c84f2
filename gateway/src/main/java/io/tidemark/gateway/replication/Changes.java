package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.MembershipChange.Newcomer;
import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.ChangeOutcome;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Member;
import io.tidemark.gateway.replication.generated.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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
  private final ClusterView view;

  Changes(Holdings holdings, Neighbours neighbours, ClusterView view) {
    this.holdings = holdings;
    this.neighbours = neighbours;
    this.view = view;
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
    Throwable cause = Failures.cause(failure);
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
   * What this gateway has to ask for by itself: the end of groups that are forwarded and closed;
   * and as the leader of the agreement, that new groups are used once all have them, and a place
   * for gateways that have come back to their address with an empty data folder.
   */
  List<Change> due(Identity identity, Peers peers) {
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
      List<String> founded =
          of.members().stream()
              .filter(member -> member.founder() && view.isSettled(member.group(), of))
              .map(Membership.Member::gateway)
              .toList();
      if (!founded.isEmpty()) {
        due.add(change.clone().addAllFounded(founded).build());
      }
      for (Membership.Member member : of.members()) {
        Greeting newcomer = neighbours.newcomer(member.gateway());
        if (newcomer != null && !newcomer.getIncarnation().equals(member.incarnation())) {
          due.add(change.clone().addReplace(member(member.gateway(), member.address())).build());
        }
      }
      Address address = peers.addresses().get(identity.gateway());
      if (address != null
          && address.port() != 0
          && MembershipChange.moved(of, identity.gateway(), address) != null) {
        due.add(change.clone().addMove(member(identity.gateway(), address)).build());
      }
    }
    return due;
  }

  private static Member member(String gateway, Address address) {
    return Member.newBuilder().setGateway(gateway).setAddress(address.toString()).build();
  }

  /** What becomes of a membership; null if it is that already. */
  private @Nullable Membership next(Membership before, Change change, List<Newcomer> newcomers) {
    if (!change.getEnd().isEmpty()) {
      return MembershipChange.ended(before, change.getEnd());
    }
    if (change.getFoundedCount() > 0) {
      return MembershipChange.founded(before, change.getFoundedList());
    }
    if (change.getMoveCount() == 1) {
      Member moved = change.getMove(0);
      return MembershipChange.moved(before, moved.getGateway(), Address.parse(moved.getAddress()));
    }
    if (change.getReplaceCount() == 1) {
      Membership next = MembershipChange.replaced(before, newcomers.get(0));
      requireReplaceable(before, newcomers.get(0).gateway());
      return next;
    }
    Membership next;
    if (change.getAddCount() > 0) {
      next = MembershipChange.added(before, newcomers);
    } else if (change.getRemoveCount() > 0) {
      next = MembershipChange.removed(before, change.getRemoveList());
    } else {
      throw new IllegalArgumentException("a change replaces one gateway, or adds or removes some");
    }
    requireAll(
        before, before.allGroups(), leaders -> Reconfiguration.isSettled(leaders, before), "");
    return next;
  }

  /** Else a group would be on fewer disks than it should, and still acknowledge. */
  private void requireReplaceable(Membership before, String gateway) {
    Membership.Member member = Objects.requireNonNull(before.member(gateway));
    requireAll(
        before,
        before.allGroups().stream()
            .filter(group -> !(member.founder() && member.group().equals(group)))
            .toList(),
        leaders -> Reconfiguration.canReplace(leaders, before, member),
        ", or replace the gateway it waits for");
  }

  private void requireAll(
      Membership before, List<String> groups, Predicate<Replica> condition, String otherwise) {
    List<String> not = new ArrayList<>();
    for (String group : groups) {
      Replica leaders = view.leaders(group);
      if (leaders == null && !before.isFounding(group)) { // it was lost a moment ago
        throw new IllegalStateException(
            "group %s has no leader now, who knows its members: try again".formatted(group));
      }
      if (leaders == null || !condition.test(leaders)) {
        not.add(group);
      }
    }
    if (!not.isEmpty()) {
      throw new IllegalArgumentException(
          "the last change is not finished: group %s has not its members yet. Wait until it has%s"
              .formatted(String.join(", ", not), otherwise));
    }
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
