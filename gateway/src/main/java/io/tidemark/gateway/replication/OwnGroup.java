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
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * Where this gateway's entries go: into its own group, here while it leads that, and else through
 * whoever does. Thread-safe.
 */
final class OwnGroup implements Proposer {
  /** Longer than the intake waits, which then tells the devices that the outcome is unknown. */
  private static final Duration PASS_TIMEOUT = Duration.ofSeconds(20);

  private final RatisLog log;
  private final Membership membership;
  private final Neighbours neighbours;
  private final LongAdder passed = new LongAdder();

  OwnGroup(RatisLog log, Membership membership, Neighbours neighbours) {
    this.log = log;
    this.membership = membership;
    this.neighbours = neighbours;
  }

  @Override
  public State state() {
    State here = log.state();
    if (here.role() != State.Role.FOLLOWING) {
      return here;
    }
    Member leader = leader();
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

  private @Nullable Member leader() {
    RaftPeerId leader = log.leader();
    return leader == null ? null : membership.peer(leader);
  }

  @Override
  public CompletionStage<Long> propose(byte[] entry, int readings) {
    if (log.state().role() != State.Role.FOLLOWING) {
      return log.propose(entry, readings);
    }
    Member leader = leader();
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
    return log.usage();
  }

  /** Of this group here, and what was passed. */
  @Override
  public Counts counts() {
    return log.counts().plus(new Counts(0, 0, 0, passed.sum()));
  }
}
