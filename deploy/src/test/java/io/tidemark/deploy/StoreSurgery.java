package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.questdb.cairo.CairoEngine;
import io.questdb.cairo.DefaultCairoConfiguration;
import io.questdb.cairo.security.AllowAllSecurityContext;
import io.questdb.cairo.sql.RecordCursor;
import io.questdb.cairo.sql.RecordCursorFactory;
import io.questdb.cairo.wal.ApplyWal2TableJob;
import io.questdb.griffin.SqlException;
import io.questdb.griffin.SqlExecutionContextImpl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Takes a row out of the embedded store behind its owner's back. QuestDB deletes no rows, so the
 * table is copied without it.
 */
final class StoreSurgery {
  private StoreSurgery() {}

  /**
   * Removes the row of a device's number from a kind's table. Ingest must not be running.
   *
   * @param ingestData ingest's data folder
   */
  static void removeRow(Path ingestData, String kind, String device, long sequence)
      throws IOException, SqlException {
    String table = "kind_" + kind;
    Path root = folderOf(ingestData, table).getParent();
    String kept =
        "FROM \"%s\" WHERE NOT (device = '%s' AND seq = %d)".formatted(table, device, sequence);
    try (CairoEngine engine = new CairoEngine(new DefaultCairoConfiguration(root.toString()))) {
      engine.load();
      try (ApplyWal2TableJob apply = new ApplyWal2TableJob(engine, 0);
          SqlExecutionContextImpl context = new SqlExecutionContextImpl(engine, 0)) {
        context.with(AllowAllSecurityContext.INSTANCE, null);
        apply.drain(0);
        long before = count(engine, context, "FROM \"" + table + "\"");
        engine.execute(
            "CREATE TABLE kind_copy AS (SELECT * %s) TIMESTAMP(ts) PARTITION BY DAY WAL"
                    .formatted(kept)
                + " DEDUP UPSERT KEYS(ts, device, sensor, epoch, seq)",
            context);
        apply.drain(0);
        assertThat(count(engine, context, "FROM kind_copy")).as("rows kept").isEqualTo(before - 1);
        engine.execute("DROP TABLE \"" + table + "\"", context);
        apply.drain(0);
        engine.execute("RENAME TABLE kind_copy TO \"" + table + "\"", context);
        apply.drain(0);
      }
    }
  }

  private static long count(CairoEngine engine, SqlExecutionContextImpl context, String from)
      throws SqlException {
    try (RecordCursorFactory factory = engine.select("SELECT count() " + from, context);
        RecordCursor cursor = factory.getCursor(context)) {
      assertThat(cursor.hasNext()).isTrue();
      return cursor.getRecord().getLong(0);
    }
  }

  private static Path folderOf(Path ingestData, String table) throws IOException {
    try (Stream<Path> files = Files.walk(ingestData)) {
      return files
          .filter(
              file ->
                  file.getFileName().toString().startsWith(table + "~") && Files.isDirectory(file))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no table " + table + " below " + ingestData));
    }
  }
}
