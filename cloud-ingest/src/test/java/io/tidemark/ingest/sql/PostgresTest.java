package io.tidemark.ingest.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidemark.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is PostgreSQL's alone: who is let in, who shares it, and that it goes and comes. */
@Timeout(120)
@OnEachDatabase(TestDatabase.POSTGRESQL)
final class PostgresTest {
  private static final String INSERT =
      "INSERT INTO series (device, sensor, kind) VALUES ('%s', 's', 'k')";

  @TempDir Path folder;

  private SqlSettings settings() {
    return TestDatabase.POSTGRESQL.settings(folder.resolve("x"));
  }

  private static long devices(Connection connection) throws SQLException {
    return Long.parseLong(one(connection, "SELECT COUNT(*) FROM series"));
  }

  private static String one(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private static boolean insert(Connection connection, String device) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(INSERT.formatted(device));
      return true;
    }
  }

  private static void assertRefused(SqlSettings settings, String... words) {
    try (Sql sql = new Sql(settings)) {
      assertThatThrownBy(sql::check)
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(words)
          .hasMessageNotContaining("wrong word");
    }
  }

  private Path secret(String word) throws IOException {
    Path file = folder.resolve("password");
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, word);
  }

  @Test
  void whoIsNotLetInIsToldWhatToLookAt() throws Exception {
    String url = settings().url();
    String[] words = {"tidemark.sql.user", "tidemark.sql.password-file", "sslmode"};
    assertRefused(new SqlSettings(url, "postgres", secret("wrong word\n")), words);
    assertRefused(new SqlSettings(url, "nobody", secret("wrong word")), words);
    assertRefused(new SqlSettings(url, "postgres", null), words);
    assertRefused(
        new SqlSettings(url, "postgres", folder.resolve("none")), "there is no file", "none");
    Path open = secret("wrong word");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r-----"));
    assertRefused(new SqlSettings(url, "postgres", open), "chmod 600");
    try (Sql sql =
        new Sql(new SqlSettings(url, "postgres", secret(PostgresServer.ADMIN_PASSWORD + "\n")))) {
      sql.check();
    }
  }

  @Test
  void aMissingDatabaseIsNamed() {
    SqlSettings there = settings();
    assertRefused(
        new SqlSettings(
            there.url().replaceAll("/[^/]*$", "/nowhere"), there.user(), there.passwordFile()),
        "nowhere",
        "CREATE DATABASE");
  }

  @Test
  void whoMayMakeNothingIsTold() throws Exception {
    String database = settings().url().replaceAll(".*/", "");
    PostgresServer server = TestDatabase.server();
    server.execute(
        database,
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'of a guest'");
    assertRefused(
        new SqlSettings(settings().url(), "guest", secret("of a guest")), "guest", "owner");
  }

  @Test
  void aPasswordInTheUrlIsRefused() {
    for (String url :
        List.of(
            "jdbc:postgresql://db/t?user=u&password=wrong-word",
            "jdbc:postgresql://db/t?Password=wrong-word",
            "jdbc:postgresql://u:wrong-word@db/t",
            "jdbc:postgresql://u:is/wrong-word@db/t",
            "jdbc:postgresql://u:is?wrong-word@db/t",
            "postgres://u:wrong-word@db/t",
            "postgresql://u:wrong-word@db/t",
            "POSTGRES://u:wrong-word@db/t")) {
      assertThatThrownBy(() -> new SqlSettings(url, null, null))
          .as(url)
          .hasMessageContaining("tidemark.sql.password-file")
          .hasMessageNotContaining("wrong-word");
    }
    for (String url : List.of("wrong-word", "postgres://db/t?passwort=wrong-word")) {
      assertThatThrownBy(() -> new SqlSettings(url, null, null))
          .as(url)
          .hasMessageNotContaining("wrong-word");
    }
    for (String url : List.of("jdbc:sqlite:/home/u@x/t.db", "jdbc:postgresql://db/t?user=u@x")) {
      assertThat(new SqlSettings(url, null, null).url()).isEqualTo(url);
    }
  }

  @Test
  void otherUrlsAndLoginsAtAFileAreRefused() {
    assertThatThrownBy(() -> new SqlSettings("jdbc:mysql://db/t", null, null))
        .hasMessageContaining("jdbc:postgresql:");
    assertThatThrownBy(() -> new SqlSettings("jdbc:sqlite:x.db", "u", null))
        .hasMessageContaining("for PostgreSQL");
  }

  @Test
  void aSchemaOfANewerProgramIsRefused() throws Exception {
    String database = settings().url().replaceAll(".*/", "");
    TestDatabase.server()
        .execute(
            database,
            "INSERT INTO schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success) VALUES (99, '999', 'x', 'SQL', 'V999__x.sql', 'x', 1, true)");
    assertRefused(settings(), "999", "run a newer one");
  }

  @Test
  void ingestsThatStartAtOnceOnAnEmptyDatabaseAllComeUp() throws Exception {
    SqlSettings there = settings();
    String database = there.url().replaceAll(".*/", "");
    TestDatabase.server().execute(database, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    CountDownLatch go = new CountDownLatch(1);
    List<CompletableFuture<Long>> starts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      starts.add(
          CompletableFuture.supplyAsync(
              () -> {
                try (Sql sql = new Sql(there)) {
                  go.await();
                  sql.check();
                  return sql.read(PostgresTest::devices);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    go.countDown();
    for (CompletableFuture<Long> start : starts) {
      assertThat(start.get(60, TimeUnit.SECONDS)).isZero();
    }
    assertThat(
            TestDatabase.server()
                .execute(
                    database,
                    "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_history' AND (data_type LIKE 'char%' OR (data_type = 'text' AND collation_name IS DISTINCT FROM 'C'))"))
        .as("columns that compare or bound texts otherwise than SQLite does")
        .isEqualTo("0");
  }

  @Test
  void tablesOfOthersInTheSchemaStayAsTheyAre() throws Exception {
    SqlSettings there = settings();
    String database = there.url().replaceAll(".*/", "");
    TestDatabase.server()
        .execute(
            database,
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE others (name VARCHAR(5), text TEXT)");
    try (Sql sql = new Sql(there)) {
      sql.check();
    }
    assertThat(
            TestDatabase.server()
                .execute(
                    database,
                    "SELECT string_agg(data_type || COALESCE(character_maximum_length, 0) || COALESCE(collation_name, ''), ' ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'others'"))
        .isEqualTo("character varying5 text0");
  }

  @Test
  void transactionsThatWriteAreOneAfterTheOtherOverAllIngests() throws Exception {
    SqlSettings there = settings();
    try (Sql one = new Sql(there);
        Sql other = new Sql(there)) {
      List<CompletableFuture<Boolean>> all = new ArrayList<>();
      for (Sql sql : List.of(one, other)) {
        all.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    for (int i = 0; i < 100; i++) {
                      sql.write(PostgresTest::readThenWrite);
                    }
                    return true;
                  } catch (SqlUnavailableException e) {
                    throw new IllegalStateException(e);
                  }
                }));
      }
      for (CompletableFuture<Boolean> each : all) {
        assertThat(each.get(60, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(one.<String>read(c -> one(c, "SELECT value FROM counter WHERE name = 'starts'")))
          .isEqualTo("200");
    }
  }

  private static boolean readThenWrite(Connection connection) throws SQLException {
    long value = Long.parseLong(one(connection, "SELECT value FROM counter WHERE name = 'starts'"));
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(
              "UPDATE counter SET value = %d WHERE name = 'starts'".formatted(value + 1))
          == 1;
    }
  }

  @Test
  void aReaderSeesOneStateAndMayNotWrite() throws Exception {
    SqlSettings there = settings();
    try (Sql one = new Sql(there);
        Sql other = new Sql(there)) {
      long seen =
          one.read(
              connection -> {
                long before = devices(connection);
                try {
                  other.write(c -> insert(c, "d"));
                } catch (SqlUnavailableException e) {
                  throw new SQLException(e);
                }
                return before + devices(connection);
              });
      assertThat(seen).isZero();
      assertThat(one.<Long>read(PostgresTest::devices)).isEqualTo(1);
      assertThatThrownBy(() -> one.read(c -> insert(c, "e")))
          .isInstanceOf(SqlUnavailableException.class)
          .hasMessageContaining("read-only");
    }
  }

  @Test
  void theServerEndsWhoHangs() throws Exception {
    try (Sql sql = new Sql(settings())) {
      assertThat(sql.<String>write(c -> one(c, "SHOW idle_in_transaction_session_timeout")))
          .isEqualTo(Postgres.IDLE_MAX_SECONDS + "s");
      assertThat(sql.<String>write(c -> one(c, "SHOW lock_timeout")))
          .isEqualTo(Postgres.TURN_MAX_SECONDS + "s");
      assertThat(sql.<String>read(c -> one(c, "SHOW statement_timeout")))
          .isEqualTo(Postgres.STATEMENT_MAX_SECONDS + "s");
      assertThat(sql.<String>read(c -> one(c, "SHOW tcp_keepalives_idle"))).isEqualTo("10");
    }
  }

  @Test
  void twoIngestsOfOneNameAreNotedAndTheFirstGoesOn() throws Exception {
    SqlSettings there = settings();
    try (Sql one = new Sql(there, "same");
        Sql copy = new Sql(there, "same")) {
      one.check();
      assertThatThrownBy(copy::check)
          .isInstanceOf(SqlUnavailableException.class)
          .hasMessageContaining("ingest-id");
      assertThat(one.<Boolean>write(c -> insert(c, "d"))).isTrue();
      assertThat(one.<Boolean>read(c -> one.isGone(c, "same"))).isFalse();
      assertThat(one.<Boolean>read(c -> one.isGone(c, "another"))).isTrue();
    }
  }

  @Test
  void whoIsLookedForComesBackAllTheSame() throws Exception {
    SqlSettings there = settings();
    try (Sql one = new Sql(there);
        Sql other = new Sql(there);
        Sql back = new Sql(there, "back")) {
      other.check();
      CompletableFuture<Boolean> came =
          one.read(
              connection -> {
                assertThat(one.isGone(connection, "back")).isTrue();
                assertThat(isGone(other, "back")).as("others may look too").isTrue();
                CompletableFuture<Boolean> comes = CompletableFuture.supplyAsync(() -> comes(back));
                await().until(() -> hasTried(other));
                assertThat(comes).isNotDone();
                return comes;
              });
      assertThat(came.get(30, TimeUnit.SECONDS)).isTrue();
      assertThat(isGone(one, "back")).isFalse();
    }
  }

  private static boolean isGone(Sql sql, String ingest) {
    try {
      return sql.<Boolean>read(connection -> sql.isGone(connection, ingest));
    } catch (SqlUnavailableException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean comes(Sql sql) {
    try {
      sql.check();
      return true;
    } catch (IOException | SqlUnavailableException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether somebody has tried to show that it is there, and has not succeeded yet. */
  private static boolean hasTried(Sql sql) throws SqlUnavailableException {
    return sql.<Boolean>read(
        connection ->
            !one(
                    connection,
                    "SELECT COUNT(*) FROM pg_stat_activity a WHERE datname = current_database() AND state = 'idle' AND query LIKE '%pg_try_advisory_lock(%' AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND locktype = 'advisory')")
                .equals("0"));
  }

  @Test
  void itGoesAndComes() throws Exception {
    try (PostgresServer server = PostgresServer.start();
        Sql sql =
            new Sql(
                new SqlSettings(
                    server.url("postgres"), PostgresServer.ADMIN, server.passwordFile()))) {
      sql.check();
      sql.write(c -> insert(c, "before"));
      assertThat(sql.<Long>read(PostgresTest::devices)).isEqualTo(1);
      server.kill();
      assertThatThrownBy(() -> sql.write(c -> insert(c, "while")))
          .isInstanceOf(SqlUnavailableException.class);
      assertThatThrownBy(() -> sql.read(PostgresTest::devices))
          .isInstanceOf(SqlUnavailableException.class);
      assertThatThrownBy(sql::check).isInstanceOf(SqlUnavailableException.class);
      server.resume();
      sql.write(c -> insert(c, "after"));
      assertThat(sql.<Long>read(PostgresTest::devices)).isEqualTo(2);

      // It restarts while nobody uses it: nobody notices.
      server.kill();
      server.resume();
      await().pollDelay(Duration.ofMillis(1_100)).until(() -> true); // unused for so long
      sql.write(c -> insert(c, "again"));
      assertThat(sql.<Long>read(PostgresTest::devices)).isEqualTo(3);

      server.kill();
      server.resume("fsync=off");
      await().pollDelay(Duration.ofMillis(1_100)).until(() -> true);
      assertThatThrownBy(sql::check)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("fsync=off")
          .hasMessageContaining("postgresql.conf");
    }
  }

  @Test
  void aCommitIsSyncedWhateverTheServersDefaultIs() throws Exception {
    String database = settings().url().replaceAll(".*/", "");
    TestDatabase.server()
        .execute(database, "ALTER DATABASE %s SET synchronous_commit = off".formatted(database));
    try (Sql sql = new Sql(settings())) {
      assertThat(sql.<String>write(c -> one(c, "SHOW synchronous_commit"))).isEqualTo("on");
    }
  }

  @Test
  void theAuditIsOnlyAddedTo() throws Exception {
    String database = settings().url().replaceAll(".*/", "");
    PostgresServer server = TestDatabase.server();
    server.execute(
        database,
        "INSERT INTO audit (id, at, who, address, what, subject) VALUES (1, 1, 'w', 'a', 'w', 's')");
    for (String change :
        List.of("UPDATE audit SET who = 'eve'", "DELETE FROM audit", "TRUNCATE audit")) {
      assertThatThrownBy(() -> server.execute(database, change))
          .hasMessageContaining("the audit is only added to");
    }
    assertThat(server.execute(database, "SELECT who FROM audit")).isEqualTo("w");
  }
}
