package io.tidemark.gateway.replication;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.jspecify.annotations.Nullable;

/** The group in which the members agree on who they are, as this gateway has it. Thread-safe. */
final class Agreement {
  private final RaftReplica replica;
  private final AgreementMachine machine;
  private final ClientId client = ClientId.randomId();

  Agreement(RaftReplica replica, AgreementMachine machine) {
    this.replica = replica;
    this.machine = machine;
  }

  RaftReplica replica() {
    return replica;
  }

  /** What was agreed on last; null as long as that is the membership as the cluster was formed. */
  @Nullable Membership last() {
    return machine.last();
  }

  /** Why it cannot go on without a restart; empty if it can. */
  String failure() {
    Throwable failure = machine.failure();
    return failure == null ? replica.closed() : LogStartException.causes(failure);
  }

  /**
   * Has the members agree on a membership that follows the present one.
   *
   * @return completes once they have; fails with {@link IllegalStateException} if another came
   *     before it, and otherwise if nobody knows
   */
  CompletableFuture<Membership> propose(Membership next) {
    return replica
        .submit(AgreementMachine.entry(next), client)
        .thenApply(
            reply -> {
              requireAgreed(reply);
              return next;
            });
  }

  private static void requireAgreed(RaftClientReply reply) {
    if (!reply.isSuccess()) {
      throw new CompletionException(
          new IOException("the members have not agreed", reply.getException()));
    }
    if (!reply.getMessage().getContent().isEmpty()) {
      throw new IllegalStateException(
          "another change came before this one: look at the cluster, and say it again");
    }
  }
}
