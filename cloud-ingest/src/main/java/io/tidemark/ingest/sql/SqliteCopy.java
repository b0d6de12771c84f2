package io.tidemark.ingest.sql;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;

/** Copies of a database that is a file. */
public final class SqliteCopy {
  private SqliteCopy() {}

  /** The file that it is; null if it is a server's. */
  public static @Nullable Path file(Sql sql) {
    String prefix = SqlSettings.SQLITE_PREFIX;
    return sql.url().startsWith(prefix) ? Path.of(sql.url().substring(prefix.length())) : null;
  }

  /**
   * Copies one, as of one moment. Others write meanwhile.
   *
   * @param copy a file that is not there yet
   * @throws SqlUnavailableException if that fails
   */
  public static void make(Sql sql, Path copy) throws SqlUnavailableException {
    // Not in a transaction, and so not by one of the connections that are kept.
    try (Connection connection = new JDBC().connect(sql.url(), new Properties());
        PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
      vacuum.setString(1, copy.toString());
      vacuum.execute();
    } catch (SQLException e) {
      throw new SqlUnavailableException("cannot copy " + sql.url() + ": " + e.getMessage(), e);
    }
  }
}
