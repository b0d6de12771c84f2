package io.tidemark.ingest.access;

import io.tidemark.ingest.access.AccessException.Kind;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The users, in SQL. Every change is in the audit, in the same transaction. Of the administrators
 * who can log in one always stays.
 *
 * <p>Thread-safe. Where a password is given it blocks for as long as that takes to be hashed.
 */
public final class Users {
  /** Users there may be. */
  public static final int USERS_MAX = 1_000;

  private static final Pattern NAME = Pattern.compile("[a-z0-9._@-]{1,64}");
  private static final String NAME_RULE = "1 to 64 of a-z 0-9 . _ @ -";

  private final Sql sql;
  private final Audit audit;
  private final Passwords passwords;
  private final Clock clock;

  Users(Sql sql, Audit audit, Passwords passwords, Clock clock) {
    this.sql = sql;
    this.audit = audit;
    this.passwords = passwords;
    this.clock = clock;
  }

  /** What a change did, or why it could not be done; thrown outside of the transaction. */
  private record Change(@Nullable User user, @Nullable AccessException refusal) {
    static Change refused(Kind kind, String message) {
      return new Change(null, AccessException.of(kind, message));
    }

    User made() throws AccessException {
      if (refusal != null) {
        throw refusal;
      }
      if (user == null) {
        throw new IllegalStateException("a change has a user or a refusal");
      }
      return user;
    }
  }

  /** A user's name as it is kept: in lower case. */
  static String name(String text) throws AccessException {
    String name = text.strip().toLowerCase(java.util.Locale.ROOT);
    if (!NAME.matcher(name).matches()) {
      throw AccessException.invalid("name", NAME_RULE);
    }
    return name;
  }

  /** All, by name. */
  public List<User> list() throws SqlUnavailableException {
    return sql.read(connection -> select(connection, "ORDER BY name"));
  }

  /** One of them. */
  public Optional<User> find(String name) throws SqlUnavailableException {
    return sql.read(connection -> find(connection, name));
  }

  static Optional<User> find(Connection connection, String name) throws SQLException {
    return select(connection, "WHERE name = ?", name).stream().findFirst();
  }

  private static List<User> select(Connection connection, String where, Object... values)
      throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT name, role, enabled, created_at, password_at, login_at,
                      (SELECT COUNT(*) FROM access_session WHERE user_name = name)
                    FROM access_user\s"""
                        + where,
                    values)
                .executeQuery()) {
      List<User> users = new ArrayList<>();
      while (row.next()) {
        users.add(
            new User(
                row.getString(1),
                role(row.getString(2)),
                row.getInt(3) != 0,
                row.getLong(4),
                row.getLong(5),
                Sql.nullableLong(row, 6),
                row.getInt(7)));
      }
      return users;
    }
  }

  static Role role(String word) throws SQLException {
    return Role.of(word).orElseThrow(() -> new SQLException("there is no role " + word));
  }

  /** How many there are. */
  static int count(Connection connection) throws SQLException {
    return select(connection, "").size();
  }

  /** Whether there is anybody. */
  static boolean isEmpty(Connection connection) throws SQLException {
    return select(connection, "LIMIT 1").isEmpty();
  }

  /**
   * Makes a user.
   *
   * @throws AccessException if the name is taken or breaks the rule, or the password does
   */
  public User make(Actor actor, String name, Role role, String password)
      throws SqlUnavailableException, AccessException {
    String kept = name(name);
    String hash = passwords.hash(password);
    return sql.write(
            connection -> {
              if (find(connection, kept).isPresent()) {
                return Change.refused(Kind.CONFLICT, "there is a user " + kept + " already");
              }
              if (count(connection) >= USERS_MAX) {
                return Change.refused(
                    Kind.CONFLICT,
                    "there are %d users, which is the limit; delete one".formatted(USERS_MAX));
              }
              return new Change(
                  insert(connection, actor, What.USER_MADE, kept, role, hash, null), null);
            })
        .made();
  }

  private User insert(
      Connection connection,
      Actor actor,
      What what,
      String name,
      Role role,
      String hash,
      @Nullable User before)
      throws SQLException {
    long now = now();
    try (Statements statements = new Statements(connection)) {
      statements.update(
          """
          INSERT INTO access_user (name, role, enabled, password_hash, created_at, password_at)
          VALUES (?, ?, 1, ?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET role = excluded.role, enabled = 1,
            password_hash = excluded.password_hash, password_at = excluded.password_at""",
          name,
          role.word(),
          hash,
          now,
          now);
      statements.update("DELETE FROM access_session WHERE user_name = ?", name);
    }
    User user = find(connection, name).orElseThrow();
    audit.add(
        connection,
        actor,
        what,
        name,
        before == null ? null : said(before, false),
        said(user, true));
    return user;
  }

  /**
   * Makes an administrator of this name, or the user of this name one who can log in by this
   * password; within the transaction that voids the token which lets one do so.
   */
  User install(Connection connection, Actor actor, String name, String hash) throws SQLException {
    User before = find(connection, name).orElse(null);
    return insert(connection, actor, What.SETUP, name, Role.ADMIN, hash, before);
  }

  /**
   * Changes a user. Who is disabled, or gets another password, has no session afterwards.
   *
   * @param password another one; null to leave it as it is
   */
  public User change(
      Actor actor, String name, Role role, boolean enabled, @Nullable String password)
      throws SqlUnavailableException, AccessException {
    String hash = password == null ? null : passwords.hash(password);
    return sql.write(
            connection -> {
              User before = find(connection, name).orElse(null);
              if (before == null) {
                return unknown(name);
              }
              if (VouchedUsers.isOne(name) && (hash != null || role != before.role())) {
                return Change.refused(
                    Kind.CONFLICT,
                    name
                        + " logs in by the OpenID provider, which says the role and has the password: change them there");
              }
              boolean staysAdmin = role == Role.ADMIN && enabled;
              if (!staysAdmin && isLastAdmin(connection, name)) {
                return lastAdmin(name);
              }
              try (Statements statements = new Statements(connection)) {
                statements.update(
                    "UPDATE access_user SET role = ?, enabled = ? WHERE name = ?",
                    role.word(),
                    enabled ? 1 : 0,
                    name);
                if (hash != null) {
                  setPassword(statements, name, hash);
                }
                if (hash != null || !enabled) {
                  statements.update("DELETE FROM access_session WHERE user_name = ?", name);
                }
              }
              User after = find(connection, name).orElseThrow();
              audit.add(
                  connection,
                  actor,
                  What.USER_CHANGED,
                  name,
                  said(before, false),
                  said(after, hash != null));
              return new Change(after, null);
            })
        .made();
  }

  /** Takes a user away, with all sessions. */
  public void delete(Actor actor, String name) throws SqlUnavailableException, AccessException {
    User unused =
        sql.write(
                connection -> {
                  User before = find(connection, name).orElse(null);
                  if (before == null) {
                    return unknown(name);
                  }
                  if (isLastAdmin(connection, name)) {
                    return lastAdmin(name);
                  }
                  try (Statements statements = new Statements(connection)) {
                    statements.update("DELETE FROM access_user WHERE name = ?", name);
                  }
                  audit.add(connection, actor, What.USER_DELETED, name, said(before, false), null);
                  return new Change(before, null);
                })
            .made();
  }

  /**
   * Gives a user another password, and ends all sessions but one.
   *
   * @param session the hash of the one that stays
   */
  void changePassword(Actor actor, String name, String password, String session)
      throws SqlUnavailableException, AccessException {
    String hash = passwords.hash(password);
    sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            setPassword(statements, name, hash);
            int ended =
                statements.update(
                    "DELETE FROM access_session WHERE user_name = ? AND token_hash <> ?",
                    name,
                    session);
            audit.add(connection, actor, What.PASSWORD, name, null, Map.of("sessionsEnded", ended));
          }
          return true;
        });
  }

  private void setPassword(Statements statements, String name, String hash) throws SQLException {
    statements.update(
        "UPDATE access_user SET password_hash = ?, password_at = ? WHERE name = ?",
        hash,
        now(),
        name);
  }

  /** The hash of a user's password; empty if there is no such user, or it may not log in. */
  Optional<String> passwordHash(String name) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with(
                          "SELECT password_hash FROM access_user WHERE name = ? AND enabled = 1 AND oidc_subject IS NULL",
                          name)
                      .executeQuery()) {
            return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
          }
        });
  }

  /** Those of the provider do not count: it may be away. */
  private static boolean isLastAdmin(Connection connection, String name) throws SQLException {
    List<User> admins =
        select(connection, "WHERE role = 'admin' AND enabled = 1 AND oidc_subject IS NULL");
    return admins.size() == 1 && admins.get(0).name().equals(name);
  }

  private static Change unknown(String name) {
    return Change.refused(Kind.UNKNOWN, "there is no user " + name + "; see /api/v1/users");
  }

  private static Change lastAdmin(String name) {
    return Change.refused(
        Kind.CONFLICT,
        name
            + " is the last administrator who can log in by a password: make another one an administrator first");
  }

  /** As the audit has one. */
  static Map<String, Object> said(User user, boolean hasNewPassword) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("role", user.role().word());
    said.put("enabled", user.enabled());
    if (hasNewPassword) {
      said.put("password", "new");
    }
    return said;
  }

  private long now() {
    return clock.millis() * 1_000_000;
  }
}
