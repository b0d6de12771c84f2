package io.tidemark.ingest.identity;

import io.tidemark.identity.Identity;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The certificates that were issued, in SQL. */
final class Issued {
  private Issued() {}

  static String serial(X509Certificate certificate) {
    return certificate.getSerialNumber().toString(16);
  }

  /**
   * @param token by which it was got; null if it was renewed
   * @param renews the serial of the one that was renewed
   */
  static void insert(
      Connection connection,
      Identity identity,
      X509Certificate certificate,
      long nowNanos,
      @Nullable Long token,
      @Nullable String renews)
      throws SQLException {
    try (Statements statements = new Statements(connection)) {
      statements.update(
          """
          INSERT INTO certificate (serial, role, name, from_time, to_time, issued_at, token, renews)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
          serial(certificate),
          identity.role().text(),
          identity.name(),
          nanos(certificate.getNotBefore().toInstant()),
          nanos(certificate.getNotAfter().toInstant()),
          nowNanos,
          token,
          renews);
    }
  }

  /** Whether that one has ever had one. */
  static boolean has(Connection connection, Identity identity) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT 1 FROM certificate WHERE role = ? AND name = ? LIMIT 1",
                    identity.role().text(),
                    identity.name())
                .executeQuery()) {
      return row.next();
    }
  }

  /** When the time of the latest of that one's begins; the epoch if it has none. */
  static Instant latestFrom(Connection connection, Identity identity) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT COALESCE(MAX(from_time), 0) FROM certificate WHERE role = ? AND name = ?",
                    identity.role().text(),
                    identity.name())
                .executeQuery()) {
      row.next();
      return Instant.ofEpochSecond(0, row.getLong(1));
    }
  }

  /**
   * Until when one is valid that was issued by then, in nanoseconds since 1970; 0 if there is none.
   */
  static long lastEnd(Connection connection, long issuedNanos) throws SQLException {
    return latest(
        connection, "SELECT MAX(to_time) FROM certificate WHERE issued_at <= ?", issuedNanos);
  }

  /** What such a query finds; 0 if there is nothing. */
  static long latest(Connection connection, String query, long parameter) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row = statements.with(query, parameter).executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** Forgets those that ended before, but the newest of each name: it is taken for good. */
  static void prune(Sql sql, long endedBeforeNanos) throws SqlUnavailableException {
    int unused =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                return statements.update(
                    """
                    DELETE FROM certificate WHERE to_time < ? AND EXISTS (
                      SELECT 1 FROM certificate newer WHERE newer.role = certificate.role
                        AND newer.name = certificate.name AND newer.issued_at > certificate.issued_at)""",
                    endedBeforeNanos);
              }
            });
  }

  private static long nanos(Instant time) {
    return time.toEpochMilli() * 1_000_000;
  }
}
