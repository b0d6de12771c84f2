package io.tidemark.ingest.access;

import io.tidemark.identity.SecretFile;
import io.tidemark.ingest.access.AccessException.Kind;
import io.tidemark.ingest.audit.Actor;
import io.tidemark.ingest.sql.Sql;
import io.tidemark.ingest.sql.SqlUnavailableException;
import io.tidemark.ingest.sql.Statements;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The token that makes an administrator where nobody is one: made at the first start, or where the
 * file {@link #WISH} lies in the data folder. Void once it is used. Thread-safe.
 */
final class Setup {
  /** Whoever can write into the data folder may have a new token by making this file. */
  static final String WISH = "new-admin-token";

  private final Sql sql;
  private final Users users;
  private final Passwords passwords;
  private final Clock clock;

  Setup(Sql sql, Users users, Passwords passwords, Clock clock) {
    this.sql = sql;
    this.users = users;
    this.passwords = passwords;
    this.clock = clock;
  }

  /**
   * What there is to do about a token at a start.
   *
   * @param token a new one, which nobody can say ever again; empty if none was made here
   * @param waits whether one that is not said here waits to be used
   */
  record Offer(Optional<String> token, boolean waits) {}

  /**
   * The token in a file that others cannot read.
   *
   * @throws IOException if it cannot be read, others may read it, or it is no token; with what to
   *     do
   */
  static String read(Path file) throws IOException {
    String token;
    try {
      token = SecretFile.read(file);
    } catch (IOException e) {
      throw new IOException("tidemark.access.setup-token-file: " + e.getMessage(), e);
    }
    if (!Secrets.isMade(Secrets.SETUP_PREFIX, token)) {
      throw new IOException(
          "tidemark.access.setup-token-file: %s has to hold tms_ and 43 of A-Z a-z 0-9 _ - that stand for 32 random bytes, and nothing else"
              .formatted(file));
    }
    return token;
  }

  /**
   * Makes a token if there is nobody who could log in and none was made, or if one is wished for.
   *
   * @param given the one to take in place of a new one, and of one that waits; null for none
   * @throws IOException if the wish cannot be taken away: it would make a token at every start
   */
  Offer offer(Path folder, @Nullable String given) throws IOException, SqlUnavailableException {
    boolean isWished = Files.deleteIfExists(folder.resolve(WISH));
    String token = given == null ? Secrets.make(Secrets.SETUP_PREFIX) : given;
    return sql.write(
        connection -> {
          boolean waits = isOpen(connection);
          boolean isOwed = Users.isEmpty(connection) && (given != null || !waits);
          if (!isWished && !isOwed) {
            return new Offer(Optional.empty(), waits);
          }
          try (Statements statements = new Statements(connection)) {
            statements.update("DELETE FROM access_setup");
            statements.update(
                "INSERT INTO access_setup (id, token_hash, made_at) VALUES (1, ?, ?)",
                Secrets.hash(token),
                clock.millis() * 1_000_000);
          }
          return given == null
              ? new Offer(Optional.of(token), false)
              : new Offer(Optional.empty(), true);
        });
  }

  /** Whether a token waits to be used. */
  boolean isOpen() throws SqlUnavailableException {
    return sql.read(Setup::isOpen);
  }

  private static boolean isOpen(Connection connection) throws SQLException {
    try (Statements statements = new Statements(connection);
        ResultSet row = statements.with("SELECT 1 FROM access_setup").executeQuery()) {
      return row.next();
    }
  }

  /**
   * Makes an administrator, or gives the one of this name another password, and voids the token.
   *
   * @throws AccessException if the token is not the one, or name or password break a rule
   */
  User use(String address, String token, String name, String password)
      throws SqlUnavailableException, AccessException {
    String kept = Users.name(name);
    if (!isToken(token)) {
      throw wrong();
    }
    String hash = passwords.hash(password);
    Optional<User> made =
        sql.write(
            connection -> {
              try (Statements statements = new Statements(connection)) {
                int used =
                    statements.update(
                        "DELETE FROM access_setup WHERE token_hash = ?", Secrets.hash(token));
                if (used == 0) {
                  return Optional.empty();
                }
              }
              return Optional.of(
                  users.install(connection, new Actor(Actor.NOBODY, address), kept, hash));
            });
    return made.orElseThrow(Setup::wrong);
  }

  /** Compared as a hash: how long that takes tells nothing of the token. */
  private boolean isToken(String token) throws SqlUnavailableException {
    return sql.read(
        connection -> {
          try (Statements statements = new Statements(connection);
              ResultSet row =
                  statements
                      .with("SELECT 1 FROM access_setup WHERE token_hash = ?", Secrets.hash(token))
                      .executeQuery()) {
            return row.next();
          }
        });
  }

  private static AccessException wrong() {
    return AccessException.of(
        Kind.WRONG,
        "this is not the token that was printed last, or it was used: make an empty file "
            + WISH
            + " in the data folder and restart ingest, which prints a new one");
  }
}
