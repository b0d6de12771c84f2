package io.tidemark.ingest.storage.embedded;

import io.questdb.cairo.CairoEngine;
import io.questdb.cairo.O3PartitionPurgeJob;
import io.questdb.cairo.TableToken;
import io.questdb.cairo.security.AllowAllSecurityContext;
import io.questdb.cairo.sql.RecordCursor;
import io.questdb.cairo.sql.RecordCursorFactory;
import io.questdb.cairo.sql.TableMetadata;
import io.questdb.cairo.sql.TableReferenceOutOfDateException;
import io.questdb.cairo.wal.ApplyWal2TableJob;
import io.questdb.cairo.wal.CheckWalTransactionsJob;
import io.questdb.cairo.wal.WalPurgeJob;
import io.questdb.cairo.wal.seq.SeqTxnTracker;
import io.questdb.griffin.SqlException;
import io.questdb.griffin.SqlExecutionContextImpl;
import io.questdb.std.FilesFacade;
import io.questdb.std.ObjHashSet;
import io.tidemark.ingest.storage.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One open QuestDB, and the jobs a QuestDB server would run in its own threads: here the writing
 * thread runs them, so that a commit is visible when it returns, and nothing runs while nobody
 * writes.
 *
 * <p>Queries may run in any thread; everything else in one at a time. Closing while a query runs
 * would pull its memory away: the owner keeps them apart.
 */
final class QuestEngine {
  /** How often a query is compiled anew because a column was added meanwhile. */
  private static final int QUERY_MAX_ATTEMPTS = 5;

  private static final int APPLY_MAX_ATTEMPTS = 3;

  private final CairoEngine engine;
  private final ApplyWal2TableJob apply;
  private final WalPurgeJob purgeWal;
  private final O3PartitionPurgeJob purgePartitions;

  /** Reads a cursor to its end or as far as it likes. */
  @FunctionalInterface
  interface CursorReader<T> {
    T read(RecordCursorFactory factory, RecordCursor cursor) throws SqlException;
  }

  /**
   * Opens or creates the database in a folder, and applies what an earlier process committed but
   * had not applied.
   *
   * @throws StoreUnavailableException if it cannot be opened
   */
  static QuestEngine open(Path root, @Nullable FilesFacade files) throws StoreUnavailableException {
    try {
      Files.createDirectories(root);
      QuestLog.quiet(root);
    } catch (IOException e) {
      throw new StoreUnavailableException(
          "the store's folder " + root + " cannot be written: " + e.getMessage(), e);
    }
    CairoEngine engine = new CairoEngine(new QuestConfiguration(root, files));
    try {
      QuestEngine quest = new QuestEngine(engine);
      quest.recover();
      return quest;
    } catch (RuntimeException | StoreUnavailableException e) {
      engine.close();
      throw e;
    }
  }

  private QuestEngine(CairoEngine engine) {
    this.engine = engine;
    engine.load();
    apply = new ApplyWal2TableJob(engine, 0);
    purgeWal = new WalPurgeJob(engine);
    purgePartitions = new O3PartitionPurgeJob(engine, 1);
  }

  private void recover() throws StoreUnavailableException {
    new CheckWalTransactionsJob(engine).checkMissingWalTransactions();
    apply.drain(0);
    for (TableToken table : tables()) {
      applied(table);
    }
  }

  CairoEngine engine() {
    return engine;
  }

  /** The tables of ours. */
  List<TableToken> tables() {
    ObjHashSet<TableToken> bucket = new ObjHashSet<>();
    engine.getTableTokens(bucket, false);
    List<TableToken> tables = new ArrayList<>();
    for (int i = 0; i < bucket.size(); i++) {
      TableToken table = bucket.get(i);
      if (ColumnNames.isKindTable(table.getTableName())) {
        tables.add(table);
      }
    }
    return tables;
  }

  /** The names of a table's metric columns. */
  Set<String> metricColumns(TableToken table) {
    Set<String> columns = new HashSet<>();
    try (TableMetadata metadata = engine.getTableMetadata(table)) {
      for (int i = 0; i < metadata.getColumnCount(); i++) {
        String name = metadata.getColumnName(i);
        if (!ColumnNames.isOwn(name)) {
          columns.add(name);
        }
      }
    }
    return columns;
  }

  void execute(String sql) throws SqlException {
    try (SqlExecutionContextImpl context = context()) {
      engine.execute(sql, context);
    }
  }

  <T> T query(String sql, CursorReader<T> reader) throws SqlException {
    for (int attempt = 1; ; attempt++) {
      try (SqlExecutionContextImpl context = context();
          RecordCursorFactory factory = engine.select(sql, context);
          RecordCursor cursor = factory.getCursor(context)) {
        return reader.read(factory, cursor);
      } catch (TableReferenceOutOfDateException e) {
        if (attempt == QUERY_MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /**
   * Makes what is committed to a table's log visible in the table.
   *
   * @throws StoreUnavailableException if QuestDB cannot apply it (its disk is full, a file is
   *     broken)
   */
  void applied(TableToken table) throws StoreUnavailableException {
    long committed = engine.getTableSequencerAPI().lastTxn(table);
    SeqTxnTracker tracker = engine.getTableSequencerAPI().getTxnTracker(table);
    String error = "it is not said why";
    for (int attempt = 0; attempt < APPLY_MAX_ATTEMPTS; attempt++) {
      engine.notifyWalTxnCommitted(table);
      apply.drain(0);
      if (!tracker.isSuspended() && tracker.getWriterTxn() >= committed) {
        return;
      }
      if (tracker.isSuspended()) {
        error = tracker.getErrorMessage();
        // It stops trying after an error; what it stopped for may be over.
        engine.getTableSequencerAPI().resumeTable(table, -1);
      }
    }
    throw new StoreUnavailableException(
        "table %s stands at transaction %d of %d: %s; free space on its disk, or see its folder"
            .formatted(table.getTableName(), tracker.getWriterTxn(), committed, error),
        null);
  }

  /** Deletes files no longer needed; cheap when there are none. */
  void tidy() {
    purgePartitions.drain(0);
    purgeWal.run(0);
    engine.releaseInactive();
  }

  /** Only when no query runs. */
  void close() {
    purgePartitions.close();
    purgeWal.close();
    apply.close();
    engine.close();
  }

  private SqlExecutionContextImpl context() {
    SqlExecutionContextImpl context = new SqlExecutionContextImpl(engine, 0);
    context.with(AllowAllSecurityContext.INSTANCE, null);
    return context;
  }
}
