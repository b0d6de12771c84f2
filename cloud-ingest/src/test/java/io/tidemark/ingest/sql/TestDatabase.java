package io.tidemark.ingest.sql;

import io.tidemark.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The databases that SQL is tested on: who asks by a file's name gets the same database again. */
public enum TestDatabase {
  /** A file. */
  SQLITE,
  /** A database of a server that all tests of this process share. */
  POSTGRESQL;

  private static final String TEMPLATE = "tidemark_template";

  /** The databases made, by their files. */
  private static final Map<Path, String> MADE = new LinkedHashMap<>();

  private static TestDatabase current = SQLITE;
  private static PostgresServer server;
  private static int count;

  /** On which the test that runs is. */
  static void use(TestDatabase database) {
    current = database;
  }

  /** The database of this name for the test that runs, empty at first. */
  public static Sql open(Path file) {
    return new Sql(current.settings(file));
  }

  /** The same, of an ingest of this name. */
  public static Sql open(Path file, String ingest) {
    return new Sql(current.settings(file), ingest);
  }

  /** The same, with what is done first. */
  public static Sql open(Path file, String ingest, Sql.Opening opening) {
    return new Sql(current.settings(file), () -> ingest, opening);
  }

  /** On which the test that runs is. */
  public static TestDatabase current() {
    return current;
  }

  /** All that the database of this name has, while nobody uses it. */
  public static String content(Path file) throws IOException, InterruptedException {
    return current == SQLITE
        ? Files.readString(file, StandardCharsets.ISO_8859_1)
        : server().execute(MADE.get(file), "SELECT schema_to_xml('public', true, false, '')");
  }

  /** Where the database of this name is. */
  public synchronized SqlSettings settings(Path file) {
    if (this == SQLITE) {
      return new SqlSettings("jdbc:sqlite:" + file, null, null);
    }
    try {
      String name = MADE.get(file);
      if (name == null) {
        PostgresServer postgres = server();
        name = "test" + count++;
        postgres.execute("postgres", "CREATE DATABASE %s TEMPLATE %s".formatted(name, TEMPLATE));
        MADE.put(file, name);
      }
      return settings(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static SqlSettings settings(String database) throws IOException, InterruptedException {
    return new SqlSettings(server().url(database), PostgresServer.ADMIN, server().passwordFile());
  }

  /**
   * The server; with it an empty database of this program's schema, that others are copied from.
   */
  static synchronized PostgresServer server() throws IOException, InterruptedException {
    if (server == null) {
      server = PostgresServer.start();
      PostgresServer ends = server;
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      ends.close();
                    } catch (IOException | InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                  }));
      server.execute("postgres", "CREATE DATABASE " + TEMPLATE);
      try (Sql sql = new Sql(settings(TEMPLATE))) {
        sql.present();
      } catch (SqlUnavailableException e) {
        throw new IOException(e);
      }
    }
    return server;
  }

  /** Has the database of this name go away, for who is connected too, or come back. */
  public static void admit(Path file, boolean anybody) throws IOException, InterruptedException {
    String name = MADE.get(file);
    server().execute("postgres", "ALTER DATABASE %s ALLOW_CONNECTIONS %s".formatted(name, anybody));
    if (!anybody) {
      server()
          .execute(
              "postgres",
              "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '%s'"
                  .formatted(name));
    }
  }

  /** Takes away what the test that ran had. */
  public static synchronized void tidy() throws IOException, InterruptedException {
    for (String name : MADE.values()) {
      server.execute("postgres", "DROP DATABASE %s WITH (FORCE)".formatted(name));
    }
    MADE.clear();
  }
}
