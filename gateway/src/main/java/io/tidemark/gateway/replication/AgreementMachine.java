package io.tidemark.gateway.replication;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.statemachine.TransactionContext;
import org.jspecify.annotations.Nullable;

/**
 * What the members of a cluster have agreed on: each entry is a whole membership, and counts if its
 * generation is the next. There are few, so no snapshots are taken, and a new member is sent all of
 * them.
 *
 * <p>Written by one of Ratis' threads, read by any.
 */
final class AgreementMachine extends ReplicaMachine {
  /** An entry that says nothing. */
  static final byte[] NOTHING = "nothing".getBytes(StandardCharsets.UTF_8);

  /** In the answer to an entry that came too late to count. */
  private static final String LATE = "late";

  private volatile @Nullable Membership last;
  private volatile long generation;

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    if (entry == null) {
      throw new IllegalStateException("Ratis applies a transaction without an entry");
    }
    String answer = apply(entry);
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    return CompletableFuture.completedFuture(Message.valueOf(answer));
  }

  private String apply(LogEntryProto entry) {
    byte[] bytes = entry.getStateMachineLogEntry().getLogData().toByteArray();
    if (Arrays.equals(bytes, NOTHING)) {
      return "";
    }
    Membership next =
        Membership.parse(List.of(new String(bytes, StandardCharsets.UTF_8).split("\n")));
    if (next.generation() != generation + 1) {
      return LATE;
    }
    last = next;
    generation = next.generation();
    return "";
  }

  static byte[] entry(Membership next) {
    return String.join("\n", next.lines()).getBytes(StandardCharsets.UTF_8);
  }

  /** What was agreed on last; null as long as that is the membership as the cluster was formed. */
  @Nullable Membership last() {
    return last;
  }
}
