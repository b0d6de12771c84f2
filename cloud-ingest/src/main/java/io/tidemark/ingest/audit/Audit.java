package io.tidemark.ingest.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The audit, in SQL: only ever added to, which the database itself sees to. Nothing of it goes; a
 * line has some 300 bytes. Thread-safe.
 */
public final class Audit {
  /** Most lines of a page. */
  public static final int PAGE_MAX = 1_000;

  /** Most characters kept of what was before and after; longer texts are cut. */
  public static final int TEXT_MAX_CHARS = 8_000;

  private static final int SUBJECT_MAX_CHARS = 256;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Sql sql;
  private final Clock clock;

  /** The audit in {@code sql}. */
  public Audit(Sql sql, Clock clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /**
   * Adds a line within the transaction of the change it tells of: there is none without the other.
   *
   * @param before what there was, to be written as JSON; null if there was nothing
   * @param after what there is now; null if there is nothing
   */
  public void add(
      Connection connection,
      Actor actor,
      What what,
      String subject,
      @Nullable Object before,
      @Nullable Object after)
      throws SQLException {
    try (Statements statements = new Statements(connection)) {
      statements.update("UPDATE counter SET value = value + 1 WHERE name = 'audit'");
      statements.update(
          """
          INSERT INTO audit (id, at, who, address, what, subject, before_text, after_text)
          SELECT value, ?, ?, ?, ?, ?, ?, ? FROM counter WHERE name = 'audit'""",
          clock.millis() * 1_000_000,
          actor.name(),
          actor.address(),
          what.code(),
          cut(subject, SUBJECT_MAX_CHARS),
          text(before),
          text(after));
    }
  }

  /** Adds a line of something that changes nothing in SQL. */
  public void add(Actor actor, What what, String subject, @Nullable Object after)
      throws SqlUnavailableException {
    sql.write(
        connection -> {
          add(connection, actor, what, subject, null, after);
          return true;
        });
  }

  private static @Nullable String text(@Nullable Object value) {
    if (value == null) {
      return null;
    }
    try {
      return cut(JSON.writeValueAsString(value), TEXT_MAX_CHARS);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot say " + value.getClass() + " in JSON", e);
    }
  }

  private static String cut(String text, int maxChars) {
    return text.length() <= maxChars ? text : text.substring(0, maxChars);
  }

  /** Lines, newest first. */
  public List<Entry> list(AuditQuery query) throws SqlUnavailableException {
    List<Object> values = new ArrayList<>(List.of(query.beforeId(), query.fromNanos()));
    StringBuilder where = new StringBuilder("WHERE id < ? AND at >= ? AND at < ?");
    values.add(query.toNanos());
    if (query.who() != null) {
      where.append(" AND who = ?");
      values.add(query.who());
    }
    if (query.what() != null) {
      where.append(" AND what = ?");
      values.add(query.what().code());
    }
    String select =
        "SELECT id, at, who, address, what, subject, before_text, after_text FROM audit %s ORDER BY id DESC LIMIT %d"
            .formatted(where, Math.min(query.limit(), PAGE_MAX));
    return sql.read(
        connection -> {
          List<Entry> entries = new ArrayList<>();
          try (Statements statements = new Statements(connection);
              ResultSet row = statements.with(select, values.toArray()).executeQuery()) {
            while (row.next()) {
              entries.add(entry(row));
            }
          }
          return entries;
        });
  }

  private static Entry entry(ResultSet row) throws SQLException {
    String code = row.getString(5);
    return new Entry(
        row.getLong(1),
        row.getLong(2),
        new Actor(row.getString(3), row.getString(4)),
        What.of(code).orElseThrow(() -> new SQLException("the audit has an unknown " + code)),
        row.getString(6),
        row.getString(7),
        row.getString(8));
  }
}
