package io.tidemark.ingest.access;

import io.tidemark.ingest.access.NotLetInException.Why;
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
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Users who log in by an OpenID provider. Each is known by the provider's subject, which never
 * changes; the name is the one of the first login, with {@link #PREFIX} before it, which no name of
 * a user with a password can have. The role is what the provider says at each login. Thread-safe.
 */
final class VouchedUsers {
  /** Before the names of these users. */
  static final String PREFIX = "oidc:";

  /** In the place of a password's hash: no password has it. */
  private static final String NO_PASSWORD = "";

  private static final Pattern NAME = Pattern.compile("[a-z0-9._@+-]{1,59}");

  private final Sql sql;
  private final Audit audit;
  private final Sessions sessions;
  private final FailedLogins failed;
  private final Clock clock;

  VouchedUsers(Sql sql, Audit audit, Sessions sessions, FailedLogins failed, Clock clock) {
    this.sql = sql;
    this.audit = audit;
    this.sessions = sessions;
    this.failed = failed;
    this.clock = clock;
  }

  /** Whether a user of this name has no password here. */
  static boolean isOne(String name) {
    return name.startsWith(PREFIX);
  }

  /** A user as it is now, or why there is none who may log in. */
  private record Entered(String name, @Nullable Why refusal) {}

  /**
   * Begins a session, and makes the user at the first.
   *
   * @return the session's secret
   */
  String logIn(String address, Vouched person) throws SqlUnavailableException, NotLetInException {
    String said = person.name().strip().toLowerCase(Locale.ROOT);
    Entered entered = sql.write(connection -> enter(connection, address, said, person));
    Optional<String> session =
        entered.refusal() == null
            ? sessions.begin(entered.name(), NO_PASSWORD, new Actor(entered.name(), address))
            : Optional.empty();
    if (session.isEmpty()) {
      failed.add(entered.name(), address);
      // Without a refusal somebody has disabled or deleted the user in this very moment.
      throw new NotLetInException(entered.refusal() == null ? Why.DISABLED : entered.refusal());
    }
    return session.get();
  }

  private Entered enter(Connection connection, String address, String said, Vouched person)
      throws SQLException {
    try (Statements statements = new Statements(connection)) {
      User before = find(connection, statements, person.subject());
      if (before == null) {
        return NAME.matcher(said).matches()
            ? make(connection, statements, new Actor(PREFIX + said, address), person)
            : new Entered(FailedLogins.UNKNOWN_USER, Why.NAME);
      }
      String name = before.name();
      if (person.role() == null) {
        // What the provider has taken away is not had by sessions of before, either.
        statements.update("DELETE FROM access_session WHERE user_name = ?", name);
        return new Entered(name, Why.NO_ROLE);
      }
      if (!before.enabled()) {
        return new Entered(name, Why.DISABLED);
      }
      if (before.role() != person.role()) {
        statements.update(
            "UPDATE access_user SET role = ? WHERE name = ?", person.role().word(), name);
        User after = Users.find(connection, name).orElseThrow();
        audit.add(
            connection,
            new Actor(name, address),
            What.USER_CHANGED,
            name,
            Users.said(before, false),
            Users.said(after, false));
      }
      return new Entered(name, null);
    }
  }

  private Entered make(Connection connection, Statements statements, Actor actor, Vouched person)
      throws SQLException {
    String name = actor.name();
    if (person.role() == null) {
      return new Entered(name, Why.NO_ROLE);
    }
    if (Users.find(connection, name).isPresent()) {
      return new Entered(name, Why.NAME_TAKEN);
    }
    if (Users.count(connection) >= Users.USERS_MAX) {
      return new Entered(name, Why.FULL);
    }
    long now = clock.millis() * 1_000_000;
    statements.update(
        """
        INSERT INTO access_user (name, role, enabled, password_hash, created_at, password_at, oidc_subject)
        VALUES (?, ?, 1, ?, ?, ?, ?)""",
        name,
        person.role().word(),
        NO_PASSWORD,
        now,
        now,
        person.subject());
    User made = Users.find(connection, name).orElseThrow();
    audit.add(connection, actor, What.USER_MADE, name, null, Users.said(made, false));
    return new Entered(name, null);
  }

  private static @Nullable User find(Connection connection, Statements statements, String subject)
      throws SQLException {
    try (ResultSet row =
        statements
            .with("SELECT name FROM access_user WHERE oidc_subject = ?", subject)
            .executeQuery()) {
      return row.next() ? Users.find(connection, row.getString(1)).orElse(null) : null;
    }
  }
}
