package io.tidemark.ingest.intake;

import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.storage.Row;
import java.sql.Connection;
import java.sql.SQLException;
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

  /**
   * What is about to be written is noted, and no other ingest writes it; now it is decided which of
   * it is new, and that is written.
   *
   * @throws SqlUnavailableException if it must not be, as it is not known what others have done
   */
  default void beginning() throws SqlUnavailableException {}

  /**
   * A transaction is about to be committed, which this may add to: of what {@link #committed} tells
   * of, of rows that were found after a failure, and of what an operator discards.
   *
   * @param rows new rows, and those that were found
   * @param devices whose ledger or sight changes
   * @throws SQLException if the connection fails, and then the transaction does
   */
  default void committing(Connection connection, List<Row> rows, Set<String> devices)
      throws SQLException {}
}
