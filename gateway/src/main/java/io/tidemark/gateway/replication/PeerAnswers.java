package io.tidemark.gateway.replication;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.ChangeOutcome;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.ListAnswer;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers what other gateways ask. */
final class PeerAnswers implements PeerService.Handler {
  private final Holdings holdings;
  private final Neighbours neighbours;
  private final Changes changes;
  private final Supplier<Greeting> mine;
  private final Supplier<byte[]> list;
  private final Predicate<Greeting> known;

  /**
   * For one gateway.
   *
   * @param mine its own greeting
   * @param list its access list; empty if it has none
   * @param known whether another is one to be heard: anybody else would fill the memory
   */
  PeerAnswers(
      Holdings holdings,
      Neighbours neighbours,
      Changes changes,
      Supplier<Greeting> mine,
      Supplier<byte[]> list,
      Predicate<Greeting> known) {
    this.holdings = holdings;
    this.neighbours = neighbours;
    this.changes = changes;
    this.mine = mine;
    this.list = list;
    this.known = known;
  }

  @Override
  public Greeting greeted(Greeting theirs) {
    if (known.test(theirs)) {
      neighbours.hear(theirs);
    }
    return mine.get();
  }

  @Override
  public CompletionStage<ProposalOutcome> proposed(Proposal proposal) {
    Membership of = holdings.membership();
    RatisLog log = holdings.log(proposal.getGroup());
    String problem = Greetings.problem(proposal);
    if (of == null || !of.cluster().equals(proposal.getCluster())) {
      problem = "this is not cluster " + proposal.getCluster();
    } else if (log == null || of.preferred(proposal.getGroup()) == null) {
      problem = "group " + proposal.getGroup() + " takes nothing here";
    }
    return log == null || !problem.isEmpty()
        ? CompletableFuture.completedFuture(
            ProposalOutcome.newBuilder().setNotProposed(problem).build())
        : log.proposeForOther(proposal.getEntry().toByteArray(), proposal.getReadings())
            .handle(PeerAnswers::outcome);
  }

  private static ProposalOutcome outcome(@Nullable Long index, @Nullable Throwable failure) {
    ProposalOutcome.Builder outcome = ProposalOutcome.newBuilder();
    if (index != null) {
      return outcome.setCommitted(index).build();
    }
    Throwable cause = failure == null || failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof NotProposedException
        ? outcome.setNotProposed(String.valueOf(cause.getMessage())).build()
        : outcome.setUnknown(String.valueOf(cause)).build();
  }

  @Override
  public CompletionStage<ChangeOutcome> asked(Change change) {
    return changes.make(change);
  }

  @Override
  public ListAnswer list() {
    return ListAnswer.newBuilder().setList(ByteString.copyFrom(list.get())).build();
  }
}
