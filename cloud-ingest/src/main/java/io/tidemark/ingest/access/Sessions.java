package io.tidemark.ingest.access;

import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.sql.ResultSet;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/** Who is logged in, in SQL: a session that is ended is over at once. Thread-safe. */
final class Sessions {
  /** Sessions of a user; beyond, the oldest end. */
  static final int OF_USER_MAX = 50;

  /**
   * That a session was used is noted this often at most, or its idle time would cost a write a
   * request.
   */
  private static final long NOTED_NANOS = 60_000_000_000L;

  private final Sql sql;
  private final Audit audit;
  private final AccessSettings settings;
  private final Clock clock;

  Sessions(Sql sql, Audit audit, AccessSettings settings, Clock clock) {
    this.sql = sql;
    this.audit = audit;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Begins one.
   *
   * @param passwordHash what the password was compared with
   * @return its secret; empty if the user was changed meanwhile
   */
  Optional<String> begin(String user, String passwordHash, Actor actor)
      throws SqlUnavailableException {
    String secret = Secrets.make("");
    long now = now();
    boolean begun =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                tidy(statements, now);
                int added =
                    statements.update(
                        """
                        INSERT INTO access_session (token_hash, user_name, created_at, seen_at)
                        SELECT ?, name, ?, ? FROM access_user WHERE name = ? AND password_hash = ? AND enabled = 1""",
                        Secrets.hash(secret),
                        now,
                        now,
                        user,
                        passwordHash);
                if (added == 0) {
                  return false;
                }
                statements.update("UPDATE access_user SET login_at = ? WHERE name = ?", now, user);
                statements.update(
                    """
                    DELETE FROM access_session WHERE user_name = ? AND token_hash NOT IN
                      (SELECT token_hash FROM access_session WHERE user_name = ? ORDER BY created_at DESC LIMIT ?)""",
                    user,
                    user,
                    OF_USER_MAX);
                audit.add(connection, actor, What.LOGIN, user, null, null);
                return true;
              }
            });
    return begun ? Optional.of(secret) : Optional.empty();
  }

  private void tidy(Statements statements, long now) throws java.sql.SQLException {
    statements.update(
        "DELETE FROM access_session WHERE created_at <= ? OR seen_at <= ?",
        now - settings.sessionMax().toNanos(),
        now - settings.sessionIdle().toNanos());
  }

  /** A session as it was found. */
  private record Found(String user, Role role, long seenAtNanos) {}

  /** Whose session it is, by the hash of its secret; empty if it is over. */
  Optional<Holder> find(String hash) throws SqlUnavailableException {
    Found found = look(hash).orElse(null);
    if (found == null) {
      return Optional.empty();
    }
    long now = now();
    if (now - found.seenAtNanos() > Math.min(NOTED_NANOS, settings.sessionIdle().toNanos() / 10)) {
      sql.write(
          connection -> {
            try (Statements statements = new Statements(connection)) {
              return statements.update(
                  "UPDATE access_session SET seen_at = ? WHERE token_hash = ?", now, hash);
            }
          });
    }
    return Optional.of(new Holder(Holder.Kind.SESSION, found.user(), found.role(), hash));
  }

  /** As {@link #find}, but that is no use of it. */
  boolean isOpen(String hash) throws SqlUnavailableException {
    return look(hash).isPresent();
  }

  private Optional<Found> look(String hash) throws SqlUnavailableException {
    long now = now();
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with(
                          """
                          SELECT user_name, role, seen_at FROM access_session JOIN access_user ON name = user_name
                          WHERE token_hash = ? AND enabled = 1 AND access_session.created_at > ? AND seen_at > ?""",
                          hash,
                          now - settings.sessionMax().toNanos(),
                          now - settings.sessionIdle().toNanos())
                      .executeQuery()) {
            return row.next()
                ? Optional.of(
                    new Found(row.getString(1), Users.role(row.getString(2)), row.getLong(3)))
                : Optional.empty();
          }
        });
  }

  /**
   * Ends a session, or all of its user.
   *
   * @return how many
   */
  int end(Actor actor, Holder holder, boolean everywhere) throws SqlUnavailableException {
    return sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            int ended =
                everywhere
                    ? statements.update(
                        "DELETE FROM access_session WHERE user_name = ?", holder.name())
                    : statements.update(
                        "DELETE FROM access_session WHERE token_hash = ?", holder.hash());
            audit.add(
                connection,
                actor,
                What.LOGOUT,
                holder.name(),
                null,
                Map.of("sessionsEnded", ended));
            return ended;
          }
        });
  }

  private long now() {
    return clock.millis() * 1_000_000;
  }
}
