package io.tidemark.ingest.identity;

import io.tidemark.identity.password.Argon2id;
import io.tidemark.ingest.accesslist.AccessVersion;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.identity.DeviceSecret.Kind;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Passwords and keys of devices that have no certificate, in SQL. All of them are made here, of
 * random bits. Of a password only a hash is kept; a key is kept as it is, as DTLS computes with the
 * key itself, and is of ASCII, as many a client takes nothing else. Gateways get both with the
 * access list. Thread-safe.
 */
public final class DeviceSecrets {
  /** Passwords and keys there may be: the list with them goes to gateways as a whole. */
  public static final int SECRETS_MAX = 20_000;

  static final String PASSWORD_PREFIX = "tmp_";
  private static final int RANDOM_BYTES = 24;

  private final Sql sql;
  private final Audit audit;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /** Those in {@code sql}. */
  public DeviceSecrets(Sql sql, Audit audit, Clock clock) {
    this.sql = sql;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * One that was just made.
   *
   * @param text is shown this once: a password, or a key of as many bytes as it has characters
   */
  public record Made(DeviceSecret secret, String text) {
    /** Without what is secret. */
    @Override
    public String toString() {
      return secret.toString();
    }
  }

  /**
   * Makes one, in place of the one of its kind that the device has; empty if there are {@value
   * #SECRETS_MAX} already.
   */
  public Optional<Made> make(Actor actor, String device, Kind kind) throws SqlUnavailableException {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    String word = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    String text = kind == Kind.PASSWORD ? PASSWORD_PREFIX + word : word;
    String kept =
        kind == Kind.PASSWORD
            ? Argon2id.FOR_RANDOM.hash(text.getBytes(StandardCharsets.UTF_8))
            : text;
    DeviceSecret made = new DeviceSecret(device, kind, Tokens.nanos(clock), actor.name());
    return sql.write(
        connection -> {
          DeviceSecret before = find(connection, device, kind);
          if (before == null && count(connection) >= SECRETS_MAX) {
            return Optional.empty();
          }
          try (Statements statements = new Statements(connection)) {
            statements.update(
                """
                INSERT INTO device_secret (device, kind, value, made_at, made_by)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (device, kind) DO UPDATE SET value = excluded.value,
                  made_at = excluded.made_at, made_by = excluded.made_by""",
                device,
                kind.text(),
                kept,
                made.madeAtNanos(),
                made.madeBy());
          }
          AccessVersion.raise(connection, clock);
          audit.add(connection, actor, What.SECRET_MADE, device, said(before), said(made));
          return Optional.of(new Made(made, text));
        });
  }

  private static @Nullable Map<String, Object> said(@Nullable DeviceSecret secret) {
    return secret == null
        ? null
        : Map.of("kind", secret.kind().text(), "madeAt", secret.madeAtNanos());
  }

  private static long count(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row = statements.with("SELECT COUNT(*) FROM device_secret").executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Those that a device has. */
  public List<DeviceSecret> list(String device) throws SqlUnavailableException {
    return sql.read(connection -> list(connection, device));
  }

  private static List<DeviceSecret> list(Connection connection, String device) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    "SELECT kind, made_at, made_by FROM device_secret WHERE device = ? ORDER BY kind",
                    device)
                .executeQuery()) {
      List<DeviceSecret> found = new ArrayList<>();
      while (row.next()) {
        String kind = row.getString(1);
        found.add(
            new DeviceSecret(
                device,
                Kind.of(kind)
                    .orElseThrow(() -> new SQLException("there is no kind of secret " + kind)),
                row.getLong(2),
                row.getString(3)));
      }
      return found;
    }
  }

  private static @Nullable DeviceSecret find(Connection connection, String device, Kind kind)
      throws SQLException {
    return list(connection, device).stream()
        .filter(secret -> secret.kind() == kind)
        .findFirst()
        .orElse(null);
  }

  /** Whether a device has any: then its name is taken. */
  static boolean has(Connection connection, String device) throws SQLException {
    return !list(connection, device).isEmpty();
  }

  /** From now on it opens nothing. False if there is no such. */
  public boolean withdraw(Actor actor, String device, Kind kind) throws SqlUnavailableException {
    return sql.write(
        connection -> {
          DeviceSecret before = find(connection, device, kind);
          if (before == null) {
            return false;
          }
          try (Statements statements = new Statements(connection)) {
            statements.update(
                "DELETE FROM device_secret WHERE device = ? AND kind = ?", device, kind.text());
          }
          AccessVersion.raise(connection, clock);
          audit.add(connection, actor, What.SECRET_WITHDRAWN, device, said(before), null);
          return true;
        });
  }
}
