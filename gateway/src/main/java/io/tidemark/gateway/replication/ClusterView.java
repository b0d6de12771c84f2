package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What this gateway sees of its cluster, by its own replicas and by greetings. Thread-safe. */
final class ClusterView {
  private final Identity identity;
  private final Holdings holdings;
  private final Neighbours neighbours;
  private final Proposer own;
  private final Supplier<Greeting> mine;

  ClusterView(
      Identity identity,
      Holdings holdings,
      Neighbours neighbours,
      Proposer own,
      Supplier<Greeting> mine) {
    this.identity = identity;
    this.holdings = holdings;
    this.neighbours = neighbours;
    this.own = own;
    this.mine = mine;
  }

  /** What a group's leader says of it, here or elsewhere; null if none is heard. */
  @Nullable Replica leaders(String group) {
    for (RaftReplica replica : holdings.replicas()) {
      if (replica.group().equals(group) && replica.leads()) {
        return Greetings.replica(replica);
      }
    }
    return neighbours.leaders(group);
  }

  /** Whether a group has exactly the members it should, as its leader says. */
  boolean isSettled(String group, Membership of) {
    return Reconfiguration.isSettled(leaders(group), of);
  }

  /** The MQTT address of another member that can commit, one or another; null if none is known. */
  @Nullable String elsewhere() {
    Membership of = holdings.membership();
    List<String> able = new ArrayList<>();
    if (of != null) {
      for (Greeting greeting : neighbours.recentOf(of.others(identity.gateway()))) {
        if (greeting.getCanCommit() && !greeting.getLeaving() && !greeting.getMqtt().isEmpty()) {
          able.add(greeting.getMqtt());
        }
      }
    }
    return able.isEmpty() ? null : able.get(ThreadLocalRandom.current().nextInt(able.size()));
  }

  ClusterStatus status(Membership of) {
    return new ClusterStatus(
        of.cluster(),
        of.generation(),
        identity.gateway(),
        own.state(),
        of.members().stream().map(this::member).toList(),
        holdings.logs().stream().map(log -> group(log, of)).toList());
  }

  private ClusterStatus.Member member(Member member) {
    boolean self = member.peer().equals(identity.peer());
    Greeting greeting = self ? mine.get() : neighbours.recent(member.gateway());
    Greeting last = greeting == null ? neighbours.last(member.gateway()) : greeting;
    return new ClusterStatus.Member(
        member.gateway(),
        member.peer(),
        member.address().toString(),
        last == null ? "" : last.getMqtt(),
        last == null ? "" : last.getCoap(),
        greeting != null,
        greeting != null && greeting.getCanCommit(),
        greeting == null ? "" : Greetings.trouble(greeting),
        self);
  }

  private ClusterStatus.Group group(RatisLog log, Membership of) {
    Member leader = log.replica().leader();
    Member home = of.preferred(log.group());
    return new ClusterStatus.Group(
        log.group(),
        log.replica().role(),
        leader == null ? null : leader.gateway(),
        log.replica().term(),
        home == null ? null : home.gateway(),
        isSettled(log.group(), of),
        home == null,
        log.committedIndex(),
        log.mark().index(),
        log.replica().lag(),
        log.waiting(),
        log.usage());
  }
}
