package io.tidemark.ingest.sql;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** What SQLite and PostgreSQL do each in its own way. Thread-safe. */
interface Database {
  /** Whether several ingests may use it at a time. */
  boolean isShared();

  /** Makes what has to be there before somebody can connect, or sees whether it is fit for use. */
  void prepare() throws IOException, SQLException;

  /** A connection that commits by itself, for what changes the schema. */
  Connection connect() throws SQLException;

  /**
   * Returns once no other ingest changes the schema, and none begins to for as long as what it
   * returns is open.
   */
  Connection schemaTurn() throws SQLException;

  /**
   * A connection for transactions that only read, each on one state of the database; does not
   * commit by itself.
   */
  Connection reader() throws SQLException;

  /**
   * A connection for transactions that write; does not commit by itself. For as long as it is open,
   * the database knows that the ingest of this name runs.
   */
  Connection writer(String ingest) throws SQLException;

  /**
   * Begins a transaction that writes: returns once no other ingest is in one. Nothing has been
   * written if it fails.
   */
  void begin(Connection writer) throws SQLException;

  /** Whether it may go well with another connection, at once. */
  boolean isPassing(SQLException failure);

  /** Whether a connection that was not used for a while still works. */
  boolean isUsable(Connection connection) throws SQLException;

  /** Within a transaction of any kind: whether no ingest of this name runs. */
  boolean isGone(Connection connection, String ingest) throws SQLException;

  /**
   * Within a transaction that writes: whether no ingest of this name runs, and none begins to until
   * it has ended.
   */
  boolean staysGone(Connection writer, String ingest) throws SQLException;

  /** The folder of the migrations that are for this database alone, and its type of bytes. */
  String migrations();

  /** The type of bytes. */
  String bytes();

  /** The same failure, or one that says what to do if it does not end by itself. */
  SQLException explained(SQLException failure);
}
