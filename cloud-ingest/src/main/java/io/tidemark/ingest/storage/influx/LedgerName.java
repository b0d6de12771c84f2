package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.StoreUnavailableException;

/** Which ledger accounts for what is written: a name no other ledger has, always the same. */
@FunctionalInterface
public interface LedgerName {
  /**
   * The name.
   *
   * @throws StoreUnavailableException if it cannot be looked up now
   */
  String get() throws StoreUnavailableException;
}
