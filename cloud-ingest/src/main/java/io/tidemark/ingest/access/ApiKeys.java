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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keys of programs, in SQL: one that is revoked is void at once. Thread-safe. */
public final class ApiKeys {
  /** Keys kept, void ones included; beyond, the void ones go, oldest first. */
  public static final int KEYS_MAX = 1_000;

  /** How far away an expiry may be. */
  public static final Duration EXPIRY_MAX = Duration.ofDays(5 * 366);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._@/-]{0,63}");
  private static final String NAME_RULE =
      "1 to 64 of A-Z a-z 0-9 . _ @ / - and spaces, the first a letter or digit";

  /** That a key was used is noted this often at most, or it would cost a write a request. */
  private static final long NOTED_NANOS = 60_000_000_000L;

  private final Sql sql;
  private final Audit audit;
  private final Clock clock;
  private final int keysMax;

  ApiKeys(Sql sql, Audit audit, Clock clock) {
    this(sql, audit, clock, KEYS_MAX);
  }

  ApiKeys(Sql sql, Audit audit, Clock clock, int keysMax) {
    this.keysMax = keysMax;
    this.sql = sql;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * A key that was just made.
   *
   * @param secret what is sent; nobody can say it ever again
   */
  public record Made(ApiKey key, String secret) {
    @Override
    public String toString() {
      return key.toString(); // the secret is to be in no log
    }
  }

  /** What became of a secret that was sent. */
  record Found(@Nullable Holder holder, String why) {}

  /** All, newest first. */
  public List<ApiKey> list() throws SqlUnavailableException {
    return sql.read(connection -> select(connection, "ORDER BY id DESC"));
  }

  private static List<ApiKey> select(Connection connection, String where, Object... values)
      throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT id, name, role, created_by, created_at, expires_at, used_at, revoked_at FROM access_key "
                        + where,
                    values)
                .executeQuery()) {
      List<ApiKey> keys = new ArrayList<>();
      while (row.next()) {
        keys.add(
            new ApiKey(
                row.getLong(1),
                row.getString(2),
                Users.role(row.getString(3)),
                row.getString(4),
                row.getLong(5),
                row.getLong(6),
                Sql.nullableLong(row, 7),
                Sql.nullableLong(row, 8)));
      }
      return keys;
    }
  }

  /**
   * Makes one.
   *
   * @param expiresAtNanos from when on it is void, nanoseconds since 1970 UTC
   * @throws AccessException if something breaks a rule, or there are too many
   */
  public Made make(Actor actor, String name, Role role, long expiresAtNanos)
      throws SqlUnavailableException, AccessException {
    String kept = name.strip();
    if (!NAME.matcher(kept).matches()) {
      throw AccessException.invalid("name", NAME_RULE);
    }
    long now = now();
    if (expiresAtNanos <= now || expiresAtNanos - now > EXPIRY_MAX.toNanos()) {
      throw AccessException.invalid(
          "expiresAt", "a time to come, at most %d days ahead".formatted(EXPIRY_MAX.toDays()));
    }
    String secret = Secrets.make(Secrets.KEY_PREFIX);
    Optional<ApiKey> made =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                makeRoom(statements, now);
                int added =
                    statements.update(
                        """
                        INSERT INTO access_key (id, name, role, token_hash, created_by, created_at, expires_at)
                        SELECT value + 1, ?, ?, ?, ?, ?, ? FROM counter
                        WHERE counter.name = 'access_keys' AND (SELECT COUNT(*) FROM access_key) < ?""",
                        kept,
                        role.word(),
                        Secrets.hash(secret),
                        actor.name(),
                        now,
                        expiresAtNanos,
                        keysMax);
                if (added == 0) {
                  return Optional.empty();
                }
                statements.update(
                    "UPDATE counter SET value = value + 1 WHERE name = 'access_keys'");
              }
              ApiKey key = select(connection, "ORDER BY id DESC LIMIT 1").get(0);
              audit.add(connection, actor, What.KEY_MADE, subject(key), null, said(key));
              return Optional.of(key);
            });
    return new Made(
        made.orElseThrow(
            () ->
                AccessException.of(
                    Kind.CONFLICT,
                    "there are %d keys that are good, which is the limit; revoke one"
                        .formatted(keysMax))),
        secret);
  }

  private void makeRoom(Statements statements, long now) throws SQLException {
    statements.update(
        """
        DELETE FROM access_key WHERE (revoked_at IS NOT NULL OR expires_at <= ?) AND id NOT IN
          (SELECT id FROM access_key ORDER BY revoked_at IS NULL AND expires_at > ? DESC, id DESC LIMIT ?)""",
        now,
        now,
        keysMax - 1);
  }

  private static String subject(ApiKey key) {
    return key.id() + " " + key.name();
  }

  private static Map<String, Object> said(ApiKey key) {
    return Map.of(
        "role",
        key.role().word(),
        "expiresAt",
        Instant.ofEpochSecond(0, key.expiresAtNanos()).toString());
  }

  /** Makes one void. One that was revoked before stays so, since when it was. */
  public ApiKey revoke(Actor actor, long id) throws SqlUnavailableException, AccessException {
    long now = now();
    Optional<ApiKey> revoked =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                int changed =
                    statements.update(
                        "UPDATE access_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                        now,
                        id);
                Optional<ApiKey> key = select(connection, "WHERE id = ?", id).stream().findFirst();
                if (changed > 0) {
                  ApiKey gone = key.orElseThrow();
                  audit.add(connection, actor, What.KEY_REVOKED, subject(gone), said(gone), null);
                }
                return key;
              }
            });
    return revoked.orElseThrow(
        () -> AccessException.of(Kind.UNKNOWN, "there is no key " + id + "; see /api/v1/keys"));
  }

  /** Whose key it is, by the hash of its secret; or why it is void. */
  Found find(String hash) throws SqlUnavailableException {
    ApiKey key =
        sql.read(connection -> select(connection, "WHERE token_hash = ?", hash)).stream()
            .findFirst()
            .orElse(null);
    if (key == null) {
      return new Found(null, "there is no such API key");
    }
    long now = now();
    if (key.revokedAtNanos() != null) {
      return new Found(null, "the API key " + key.name() + " was revoked");
    }
    if (key.expiresAtNanos() <= now) {
      return new Found(null, "the API key " + key.name() + " has expired");
    }
    Long used = key.usedAtNanos();
    if (used == null || now - used > NOTED_NANOS) {
      sql.write(
          connection -> {
            try (Statements statements = new Statements(connection)) {
              return statements.update(
                  "UPDATE access_key SET used_at = ? WHERE id = ?", now, key.id());
            }
          });
    }
    return new Found(new Holder(Holder.Kind.KEY, key.name(), key.role(), hash), "");
  }

  private long now() {
    return clock.millis() * 1_000_000;
  }
}
