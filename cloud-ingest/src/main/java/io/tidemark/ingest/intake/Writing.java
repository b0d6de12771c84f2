package io.tidemark.ingest.intake;

import io.tidemark.ingest.intake.Classifier.Sorted;
import io.tidemark.ingest.storage.Refusal;
import io.tidemark.ingest.storage.Row;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A chunk whose rows are on their way into the store; the ledger does not know yet.
 *
 * @param rows what is new
 * @param store the refusals, once all others are durable
 */
record Writing(Chunk chunk, Sorted sorted, List<Row> rows, CompletableFuture<List<Refusal>> store) {

  boolean isWritten() {
    return store.isDone();
  }

  /**
   * Waits for the store.
   *
   * @throws StoreUnavailableException if it is not known that all are durable
   */
  List<Refusal> refusals() throws StoreUnavailableException {
    try {
      return store.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while the store was writing", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof StoreUnavailableException away) {
        throw away;
      }
      throw new IllegalStateException("writing rows failed", cause);
    }
  }

  /** Waits until the store does nothing of it any more, whatever came of it. */
  void awaitEnd() {
    store.exceptionally(failure -> List.of()).join();
  }
}
