package io.tidemark.ingest.identity;

import io.tidemark.identity.EnrolmentToken;
import io.tidemark.identity.Role;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.audit.Audit;
import io.tidemark.ingest.audit.What;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The enrolment tokens, in SQL. Of a secret only its SHA-256 is kept: it has {@value
 * EnrolmentToken#SECRET_BYTES} random bytes, so nobody finds it by trying. Thread-safe.
 */
public final class Tokens {
  /** Tokens that can be used, at a time. */
  public static final int GOOD_MAX = 1_000;

  /** How long one is kept that cannot be used any more. */
  static final Duration KEPT_FOR = Duration.ofDays(90);

  private static final String COLUMNS =
      """
      SELECT id, role, name, uses, used, site, labels, hosts, made_at, ends_at,
        COALESCE(withdrawn_at, 0) FROM enrolment_token
      """;

  private final Sql sql;
  private final Audit audit;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /** Those in {@code sql}. */
  public Tokens(Sql sql, Audit audit, Clock clock) {
    this.audit = audit;
    this.sql = sql;
    this.clock = clock;
  }

  /**
   * A token that was just made.
   *
   * @param secret is shown this once
   */
  @SuppressWarnings("ArrayRecordComponent") // one holds it, to show it
  public record Made(Token token, byte[] secret) {}

  /** Makes one; empty if there are {@value #GOOD_MAX} already that can be used. */
  public Optional<Made> make(Actor actor, Token.Spec spec, Duration validFor)
      throws SqlUnavailableException {
    byte[] secret = new byte[EnrolmentToken.SECRET_BYTES];
    random.nextBytes(secret);
    long now = nanos(clock);
    long ends = now + validFor.toNanos();
    return sql.write(
        connection -> {
          if (good(connection, now) >= GOOD_MAX) {
            return Optional.empty();
          }
          long id = nextId(connection);
          try (Statements statements = new Statements(connection)) {
            statements.update(
                """
                INSERT INTO enrolment_token
                  (id, secret, role, name, uses, used, site, labels, hosts, made_at, ends_at)
                VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)""",
                id,
                hash(text(secret)),
                spec.role().text(),
                spec.name(),
                spec.uses(),
                spec.site(),
                String.join(",", spec.labels()),
                String.join(" ", spec.hosts()),
                now,
                ends);
          }
          audit.add(connection, actor, What.TOKEN_MADE, Long.toString(id), null, spec);
          return Optional.of(new Made(new Token(id, spec, 0, now, ends, 0), secret));
        });
  }

  private static long good(Connection connection, long now) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements
                .with(
                    """
                    SELECT COUNT(*) FROM enrolment_token
                    WHERE ends_at > ? AND withdrawn_at IS NULL AND used < uses""",
                    now)
                .executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private static long nextId(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      statements.update("UPDATE counter SET value = value + 1 WHERE name = 'enrolment_tokens'");
      try (ResultSet row =
          statements
              .with("SELECT value FROM counter WHERE name = 'enrolment_tokens'")
              .executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** Those with ids below {@code before}, the newest first. */
  public List<Token> list(long before, int max) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with(COLUMNS + "WHERE id < ? ORDER BY id DESC LIMIT ?", before, max)
                      .executeQuery()) {
            List<Token> found = new ArrayList<>();
            while (row.next()) {
              found.add(token(row));
            }
            return found;
          }
        });
  }

  /** From now on it allows nothing; what was enrolled by it stays. False if there is no such. */
  public boolean withdraw(Actor actor, long id) throws SqlUnavailableException {
    return sql.write(
        connection -> {
          try (Statements statements = new Statements(connection)) {
            boolean known =
                statements.update(
                        """
                        UPDATE enrolment_token SET withdrawn_at = COALESCE(withdrawn_at, ?)
                        WHERE id = ?""",
                        nanos(clock),
                        id)
                    == 1;
            if (known) {
              audit.add(connection, actor, What.TOKEN_WITHDRAWN, Long.toString(id), null, null);
            }
            return known;
          }
        });
  }

  /**
   * Until when one is good that was made by then, in nanoseconds since 1970; 0 if there is none.
   */
  static long lastEnd(Connection connection, long madeNanos) throws SQLException {
    return Issued.latest(
        connection,
        "SELECT MAX(ends_at) FROM enrolment_token WHERE made_at <= ? AND withdrawn_at IS NULL AND used < uses",
        madeNanos);
  }

  /** Forgets those that could not be used any more for {@link #KEPT_FOR}. */
  void prune() throws SqlUnavailableException {
    long before = nanos(clock) - KEPT_FOR.toNanos();
    int unused =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                return statements.update("DELETE FROM enrolment_token WHERE ends_at < ?", before);
              }
            });
  }

  /** The one with this secret, as it was shown; null if there is none. */
  static @Nullable Token find(Connection connection, String secret) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row =
            statements.with(COLUMNS + "WHERE secret = ?", hash(secret)).executeQuery()) {
      return row.next() ? token(row) : null;
    }
  }

  static void use(Connection connection, Token token) throws SQLException {
    try (Statements statements = new Statements(connection)) {
      statements.update("UPDATE enrolment_token SET used = used + 1 WHERE id = ?", token.id());
    }
  }

  private static Token token(ResultSet row) throws SQLException {
    return new Token(
        row.getLong(1),
        new Token.Spec(
            Role.valueOf(row.getString(2).toUpperCase(Locale.ROOT)),
            row.getString(3),
            row.getInt(4),
            row.getString(6),
            words(row.getString(7), ","),
            words(row.getString(8), " ")),
        row.getLong(5),
        row.getLong(9),
        row.getLong(10),
        row.getLong(11));
  }

  private static SortedSet<String> words(String text, String separator) {
    return Arrays.stream(text.split(separator, -1))
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String text(byte[] secret) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
  }

  private static String hash(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static long nanos(Clock clock) {
    return clock.millis() * 1_000_000;
  }
}
