package io.tidemark.ingest.intake;

import io.tidemark.ingest.ledger.GroupReport;
import io.tidemark.wire.ForwardRequest;
import java.util.concurrent.CompletableFuture;

/**
 * A request on its way through the writing thread.
 *
 * @param request what was asked
 * @param report what its group says of itself
 * @param lease its share of the queue's bytes, given back when it is done with
 * @param answer completed with the tick, or with a {@link BusyException}
 */
record Job(
    ForwardRequest request,
    GroupReport report,
    ByteBudget.Lease lease,
    CompletableFuture<Long> answer) {

  void done(long tick) {
    lease.release();
    answer.complete(tick);
  }

  void failed(BusyException why) {
    lease.release();
    answer.completeExceptionally(why);
  }
}
