package io.tidemark.ingest.accesslist;

import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is shut out, who has been, and whose certificates another enrolment has made void. In SQL;
 * each change raises the version of the access list in its transaction. Thread-safe.
 */
public final class ShutOuts {
  /** Most characters of a reason. */
  public static final int WHY_MAX_CHARS = 500;

  /** Most periods that are told of one; older ones are kept, and not told. */
  public static final int PERIODS_MAX = 100;

  private final Sql sql;
  private final Audit audit;
  private final AccessLists lists;
  private final Clock clock;

  /**
   * A time for which somebody was shut out. Times in nanoseconds since 1970.
   *
   * @param by who has shut it out
   * @param why in that one's words
   * @param toNanos 0 as long as it lasts
   * @param letInBy who has let it back in; null as long as nobody has
   */
  public record Period(
      long fromNanos, String by, String why, long toNanos, @Nullable String letInBy) {
    /** Whether it lasts. */
    public boolean lasts() {
      return toNanos == 0;
    }
  }

  /**
   * Those in {@code sql}.
   *
   * @param lists read anew after each change, so that it holds here when it is made
   */
  public ShutOuts(Sql sql, Audit audit, AccessLists lists, Clock clock) {
    this.sql = sql;
    this.audit = audit;
    this.lists = lists;
    this.clock = clock;
  }

  /** Whether anybody has heard of one of this name, so that it is no slip of the pen. */
  public boolean isKnown(Identity who) throws SqlUnavailableException {
    List<String> places =
        who.role() == Role.GATEWAY
            ? List.of("gateway_report WHERE gateway = ?")
            : List.of(
                "ledger_epoch WHERE device = ?",
                "device_record WHERE device = ?",
                "device_secret WHERE device = ?");
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            for (String place : places) {
              if (has(statements, "SELECT 1 FROM " + place, who.name())) {
                return true;
              }
            }
            return has(
                statements,
                "SELECT 1 FROM certificate WHERE role = ? AND name = ?",
                who.role().text(),
                who.name());
          }
        });
  }

  private static boolean has(Statements statements, String query, Object... values)
      throws SQLException {
    try (ResultSet row = statements.with(query + " LIMIT 1", values).executeQuery()) {
      return row.next();
    }
  }

  /** Shuts it out; changes nothing if it is already. */
  public void shutOut(Actor actor, Identity who, String why) throws SqlUnavailableException {
    boolean unused =
        sql.write(
            connection -> {
              if (isShutOut(connection, who)) {
                return false;
              }
              try (Statements statements = new Statements(connection)) {
                statements.update("UPDATE counter SET value = value + 1 WHERE name = 'shut_outs'");
                statements.update(
                    """
                    INSERT INTO shut_out (id, role, name, from_time, shut_by, why)
                    SELECT value, ?, ?, ?, ?, ? FROM counter WHERE name = 'shut_outs'""",
                    who.role().text(),
                    who.name(),
                    now(),
                    actor.name(),
                    why);
              }
              AccessVersion.raise(connection, clock);
              audit.add(connection, actor, What.SHUT_OUT, who.toString(), null, Map.of("why", why));
              return true;
            });
    lists.refresh();
  }

  /** Lets it back in; changes nothing if it is not shut out. */
  public void letIn(Actor actor, Identity who) throws SqlUnavailableException {
    boolean unused =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                int ended =
                    statements.update(
                        """
                        UPDATE shut_out SET to_time = ?, let_in_by = ?
                        WHERE role = ? AND name = ? AND to_time IS NULL""",
                        now(),
                        actor.name(),
                        who.role().text(),
                        who.name());
                if (ended == 0) {
                  return false;
                }
              }
              AccessVersion.raise(connection, clock);
              audit.add(connection, actor, What.LET_IN, who.toString(), null, null);
              return true;
            });
    lists.refresh();
  }

  /** For how long it was and is shut out, the newest first. */
  public List<Period> of(Identity who) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with(
                          """
                          SELECT from_time, shut_by, why, COALESCE(to_time, 0), let_in_by FROM shut_out
                          WHERE role = ? AND name = ? ORDER BY id DESC LIMIT ?""",
                          who.role().text(),
                          who.name(),
                          PERIODS_MAX)
                      .executeQuery()) {
            List<Period> periods = new ArrayList<>();
            while (row.next()) {
              periods.add(
                  new Period(
                      row.getLong(1),
                      row.getString(2),
                      row.getString(3),
                      row.getLong(4),
                      row.getString(5)));
            }
            return periods;
          }
        });
  }

  /** Who of these is shut out, and since when: nanoseconds since 1970, by name. */
  public Map<String, Long> since(Role role) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with(
                          "SELECT name, from_time FROM shut_out WHERE role = ? AND to_time IS NULL",
                          role.text())
                      .executeQuery()) {
            Map<String, Long> since = new HashMap<>();
            while (row.next()) {
              since.put(row.getString(1), row.getLong(2));
            }
            return since;
          }
        });
  }

  /** Whether it is shut out, in the caller's transaction. */
  public static boolean isShutOut(Connection connection, Identity who) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      return has(
          statements,
          "SELECT 1 FROM shut_out WHERE role = ? AND name = ? AND to_time IS NULL",
          who.role().text(),
          who.name());
    }
  }

  /**
   * Certificates of this name whose time begins before are void from now on, in the caller's
   * transaction; to be followed by {@link AccessLists#refresh}.
   *
   * @param beforeMillis since 1970
   */
  public static void supersede(Connection connection, Identity who, long beforeMillis, Clock clock)
      throws SQLException {
    try (Statements statements = new Statements(connection)) {
      statements.update(
          """
          INSERT INTO superseded (role, name, void_before) VALUES (?, ?, ?)
          ON CONFLICT (role, name) DO UPDATE SET void_before = excluded.void_before""",
          who.role().text(),
          who.name(),
          beforeMillis);
    }
    AccessVersion.raise(connection, clock);
  }

  /** Since when the certificates of a name count, in milliseconds since 1970; 0 if all do. */
  public static long countSince(Connection connection, Identity who) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT void_before FROM superseded WHERE role = ? AND name = ?",
                    who.role().text(),
                    who.name())
                .executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  private long now() {
    return clock.millis() * 1_000_000;
  }
}
