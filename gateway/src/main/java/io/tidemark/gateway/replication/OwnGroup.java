package io.tidemark.gateway.replication;

import com.google.protobuf.UnsafeByteOperations;
import io.tidemark.gateway.replication.Membership.Member;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import io.tidemark.gateway.replication.generated.Replica;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Where this gateway's entries go: into its own group, here while it leads that, and else through
 * whoever does. Thread-safe.
 */
final class OwnGroup implements Proposer {
  /** Longer than the intake waits, which then tells the devices that the outcome is unknown. */
  private static final Duration PASS_TIMEOUT = Duration.ofSeconds(20);

  private final Holdings holdings;
  private final Identity identity;
  private final Neighbours neighbours;
  private final LongAdder passed = new LongAdder();

  OwnGroup(Holdings holdings, Identity identity, Neighbours neighbours) {
    this.holdings = holdings;
    this.identity = identity;
    this.neighbours = neighbours;
  }

  /** The log of its group; null as long as it is not filled up, and once it is left. */
  private @Nullable RatisLog log() {
    Membership membership = holdings.membership();
    Member self = membership == null ? null : membership.member(identity.gateway());
    return self == null ? null : holdings.log(self.group());
  }

  @Override
  public State state() {
    Membership membership = holdings.membership();
    if (membership != null && !membership.has(identity)) {
      return new State(State.Role.DEPARTED, Holdings.departed(membership, identity));
    }
    RatisLog log = log();
    if (log == null) {
      return new State(
          State.Role.ELECTING, "its log is taken over from the other gateways: try again soon");
    }
    if (founds(log.group())) {
      return new State(
          State.Role.ELECTING, "not all members have its new group yet: try again soon");
    }
    State here = log.state();
    return here.role() == State.Role.FOLLOWING ? following(log) : here;
  }

  /**
   * Whether this gateway makes a group by itself, its own. It takes nothing before all members have
   * it: else that would be on one disk, and gateways that do not know of the group would report to
   * ingest as if it had nothing.
   */
  boolean founds(String group) {
    Membership membership = holdings.membership();
    Member self = membership == null ? null : membership.member(identity.gateway());
    return self != null
        && self.peer().equals(identity.peer())
        && self.founder()
        && self.group().equals(group);
  }

  private State following(RatisLog log) {
    Member leader = log.replica().leader();
    Greeting greeting = leader == null ? null : neighbours.recent(leader.gateway());
    Replica leads = greeting == null ? null : Greetings.replica(greeting, log.group());
    if (leader == null || leads == null || !leads.getLeads()) {
      return new State(
          State.Role.ELECTING,
          "the leader of group " + log.group() + " does not answer: try again soon");
    }
    return leads.getFull().isEmpty()
        ? new State(
            State.Role.PASSING,
            "%s leads group %s, and what comes here is passed to it"
                .formatted(leader.gateway(), log.group()))
        : new State(State.Role.FULL, leads.getFull());
  }

  @Override
  public CompletionStage<Long> propose(byte[] entry, int readings) {
    Membership membership = holdings.membership();
    RatisLog log = log();
    if (log == null || membership == null || !membership.has(identity) || founds(log.group())) {
      return CompletableFuture.failedFuture(new NotProposedException(state().detail()));
    }
    if (log.state().role() != State.Role.FOLLOWING) {
      return log.propose(entry, readings);
    }
    Member leader = log.replica().leader();
    if (leader == null) {
      return CompletableFuture.failedFuture(new NotProposedException(state().detail()));
    }
    return neighbours
        .link(leader.address())
        .propose(
            Proposal.newBuilder()
                .setCluster(membership.cluster())
                .setGroup(log.group())
                .setReadings(readings)
                .setEntry(UnsafeByteOperations.unsafeWrap(entry))
                .build(),
            PASS_TIMEOUT)
        .thenApply(outcome -> index(outcome, readings));
  }

  private long index(ProposalOutcome outcome, int readings) {
    return switch (outcome.getOutcomeCase()) {
      case COMMITTED -> {
        passed.add(readings);
        yield outcome.getCommitted();
      }
      case NOT_PROPOSED ->
          throw new CompletionException(new NotProposedException(outcome.getNotProposed()));
      case UNKNOWN -> throw new CompletionException(new IOException(outcome.getUnknown()));
      case OUTCOME_NOT_SET ->
          throw new CompletionException(
              new IOException("the leader does not say what became of it"));
    };
  }

  @Override
  public Usage usage() {
    RatisLog log = log();
    return log == null ? Usage.NONE : log.usage();
  }

  /** Of all groups that were led here, and what was passed. */
  @Override
  public Counts counts() {
    Counts sum = holdings.gone().plus(new Counts(0, 0, 0, passed.sum()));
    for (RatisLog log : holdings.logs()) {
      sum = sum.plus(log.counts());
    }
    return sum;
  }
}
