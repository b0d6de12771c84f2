package io.tidemark.ingest.intake;

import io.tidemark.ingest.storage.Row;
import java.util.List;
import java.util.Set;

/** Told of what has been committed, by the writing thread: must be quick and must not throw. */
@FunctionalInterface
public interface IntakeListener {
  /**
   * A transaction is committed.
   *
   * @param rows new rows
   * @param devices whose ledger or sight changed
   */
  void committed(List<Row> rows, Set<String> devices);
}
