package io.tidemark.testing;

import io.tidemark.identity.SecretFile;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real PostgreSQL on a free port of the loopback address, with its data in memory where that is
 * possible: so it may sync what it writes, as ingest asks for, and is quick all the same. It ends
 * when this process does, however that ends.
 */
public final class PostgresServer implements AutoCloseable {
  /** Who may do everything. */
  public static final String ADMIN = "postgres";

  /** That one's password. */
  public static final String ADMIN_PASSWORD = "of the tests' administrator";

  private static final long ANSWER_MAX_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int ANSWER_POLL_MILLIS = 20;

  /** Ends the server when its input ends, which is when this process closes it or is gone. */
  private static final String WATCHED =
      """
      folder=$1; shift
      "$@" >>"$folder/log" 2>&1 & server=$!
      echo $server
      read -r unused
      kill -QUIT $server 2>/dev/null; wait $server
      [ -e "$folder/keep" ] || rm -rf "$folder"
      """;

  private final Path folder;
  private final int port;
  private Process shell;
  private ProcessHandle server;

  private PostgresServer(Path folder, int port) throws IOException, InterruptedException {
    this.folder = folder;
    this.port = port;
    // Readable by its owner alone, or ingest does not take it from whoever owns it.
    SecretFile.write(folder, "password", ADMIN_PASSWORD);
    Path password = passwordFile();
    if (isRoot()) {
      run(List.of("chown", "-R", "nobody:nogroup", folder.toString()));
    }
    run(
        asUser(
            List.of(
                program("initdb"),
                "--pgdata=" + data(),
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--username=" + ADMIN,
                "--auth=scram-sha-256",
                "--pwfile=" + password)));
    resume();
  }

  /** Starts an empty one. */
  public static PostgresServer start() throws IOException, InterruptedException {
    Path memory = Path.of("/dev/shm");
    Path parent = Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    return new PostgresServer(
        Files.createTempDirectory(parent, "tidemark-postgres"), FreePort.next());
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** It refuses to run as root. */
  private static List<String> asUser(List<String> command) {
    List<String> all = new ArrayList<>();
    if (isRoot()) {
      all.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    }
    all.addAll(command);
    return all;
  }

  private static String program(String name) {
    String folder = System.getenv("TIDEMARK_POSTGRES");
    if (folder == null) {
      throw new IllegalStateException(
          "TIDEMARK_POSTGRES must name the folder of PostgreSQL's programs, 15 or newer; ./tidemark test finds one and sets it");
    }
    return Path.of(folder, name).toString();
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(new File("/")).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + said);
    }
    return said;
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  /** Starts it again after {@link #kill}, with these settings ({@code name=value}) in addition. */
  public void resume(String... settings) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                WATCHED,
                "sh",
                folder.toString(),
                program("postgres"),
                "-D",
                data(),
                "-p",
                String.valueOf(port)));
    List<String> all =
        new ArrayList<>(
            List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "shared_buffers=32MB",
                "max_connections=300"));
    all.addAll(List.of(settings));
    all.forEach(setting -> command.addAll(List.of("-c", setting)));
    long end = System.nanoTime() + ANSWER_MAX_NANOS;
    while (!starts(asUser(command), end)) {
      Path unused = Files.createFile(kept());
      end();
    }
  }

  /** Whether it answers; not so if something of the one that was killed is not quite gone yet. */
  private boolean starts(List<String> command, long end) throws IOException, InterruptedException {
    boolean unused = Files.deleteIfExists(kept());
    int said = log().length();
    shell = new ProcessBuilder(command).directory(new File("/")).start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8));
    server = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
    while (!answers()) {
      if (log().substring(said).contains("pre-existing shared memory block")) {
        return false;
      }
      if (System.nanoTime() - end > 0 || !server.isAlive()) {
        throw new IOException("PostgreSQL does not answer: " + log());
      }
      Thread.sleep(ANSWER_POLL_MILLIS);
    }
    return true;
  }

  private boolean answers() throws IOException, InterruptedException {
    return new ProcessBuilder(
                program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", String.valueOf(port))
            .start()
            .waitFor()
        == 0;
  }

  /** What it has said. */
  public String log() throws IOException {
    Path log = folder.resolve("log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** A file with the administrator's password, as ingest wants to have it. */
  public Path passwordFile() {
    return folder.resolve("password");
  }

  /** Where a database of it is, for JDBC. */
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database);
  }

  /** Has its administrator execute something in a database; returns what was answered. */
  public String execute(String database, String sql) throws IOException, InterruptedException {
    ProcessBuilder psql =
        new ProcessBuilder(
                program("psql"),
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                "--host=127.0.0.1",
                "--port=" + port,
                "--username=" + ADMIN,
                "--command=" + sql,
                database)
            .redirectErrorStream(true);
    psql.environment().put("PGPASSWORD", ADMIN_PASSWORD);
    Process process = psql.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(sql + " failed: " + said);
    }
    return said.strip();
  }

  /** Kills all of it at once ({@code kill -9}). */
  public void kill() throws IOException, InterruptedException {
    Path unused = Files.createFile(kept());
    List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
    all.add(server);
    all.forEach(ProcessHandle::destroyForcibly);
    end();
  }

  /** Has all of it stand still ({@code kill -STOP}), or go on ({@code kill -CONT}). */
  public void signal(String name) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    command.add(String.valueOf(server.pid()));
    server.descendants().forEach(child -> command.add(String.valueOf(child.pid())));
    String unused = run(command);
  }

  /** While this is there, the data outlive the server. */
  private Path kept() {
    return folder.resolve("keep");
  }

  private void end() throws IOException, InterruptedException {
    shell.getOutputStream().close();
    int unused = shell.waitFor();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    end();
    String unused = run(List.of("rm", "-rf", folder.toString()));
  }
}
