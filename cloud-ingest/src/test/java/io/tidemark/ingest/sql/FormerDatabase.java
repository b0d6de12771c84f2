package io.tidemark.ingest.sql;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * SQLite files as programs made them before there was Flyway: by the migrations of today, which
 * {@code SqlTest} compares with what those programs made.
 */
public final class FormerDatabase {
  private static final int TRIGGERS_VERSION = 11;

  private FormerDatabase() {}

  /**
   * Makes one.
   *
   * @param version of its schema, 1 to 15
   * @param more what is executed in it after that
   */
  public static void make(Path file, int version, String... more) throws Exception {
    try (Connection old = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = old.createStatement()) {
      statement.execute("PRAGMA synchronous = OFF"); // quicker, and nobody pulls a plug
      statement.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)");
      for (int next = 1; next <= version; next++) {
        migrate(statement, "common", "V" + next + "__*.sql");
        if (next == TRIGGERS_VERSION) {
          migrate(statement, "sqlite", "V11_1__*.sql");
        }
        statement.execute("INSERT INTO schema_version (version) VALUES (" + next + ")");
      }
      for (String sql : more) {
        statement.execute(sql);
      }
    }
  }

  /** What is made of tables, indexes and triggers, but for the histories; without formatting. */
  static List<String> schema(Path file) throws SQLException {
    List<String> schema = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT IN ('schema_version', 'schema_history')")) {
      while (row.next()) {
        String sql = row.getString(1).replaceAll("(?m)--.*$", "").replace("\"", "");
        schema.add(sql.replaceAll("\\s+", " ").strip());
      }
    }
    Collections.sort(schema);
    return schema;
  }

  private static void migrate(Statement statement, String folder, String name)
      throws IOException, SQLException {
    Path migrations = Path.of("src/main/resources/db", folder);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(migrations, name)) {
      for (Path file : files) {
        String text =
            Files.readString(file).replace("${bytes}", "BLOB").replaceAll("(?m)--.*$", "").strip();
        for (String sql : text.split(";(?!\\s*END\\b)\\s*")) {
          statement.execute(sql);
        }
      }
    }
  }
}
