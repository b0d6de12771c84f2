package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * A real influxd of 1.x on loopback, to be killed, frozen and started again. Used by one thread.
 */
final class InfluxServer implements AutoCloseable {
  private static final Path SAFELY =
      Installation.find().home().resolve("deploy/influxdb/influxd-safely");

  private final ChildProcess process;
  private final URI url;
  private final Path data;
  private final String forBackups;
  private final Http http = new Http();

  private InfluxServer(ChildProcess process, URI url, Path data, String forBackups) {
    this.process = process;
    this.url = url;
    this.data = data;
    this.forBackups = forBackups;
  }

  /** Starts one whose data is in {@code folder}. */
  static InfluxServer start(Path folder) throws IOException, InterruptedException {
    return start(folder, folder, List.of(), Map.of());
  }

  /** The same, asking everybody for a password. */
  static InfluxServer startSecured(Path folder) throws IOException, InterruptedException {
    return start(folder, folder, List.of(), Map.of("INFLUXDB_HTTP_AUTH_ENABLED", "true"));
  }

  /**
   * Starts one whose data is on a disk of its own, and whose log is in {@code folder}; started
   * again it loses nothing to torn entries.
   */
  static InfluxServer start(Path folder, SmallDisk disk) throws IOException, InterruptedException {
    return start(folder, disk.folder(), disk.command(), Map.of());
  }

  private static InfluxServer start(
      Path folder, Path data, List<String> before, Map<String, String> environment)
      throws IOException, InterruptedException {
    String program = System.getenv("TIDEMARK_INFLUXD");
    if (program == null) {
      throw new IllegalStateException(
          "TIDEMARK_INFLUXD must name an influxd of 1.x; ./tidemark test fetches one and sets it");
    }
    int port = Ports.one();
    String forBackups = "127.0.0.1:" + Ports.one();
    Path config = Files.createDirectories(folder).resolve("influxdb.conf");
    Files.writeString(
        config,
        """
        reporting-disabled = true
        bind-address = "%s"
        [meta]
          dir = "%s/meta"
        [data]
          dir = "%s/data"
          wal-dir = "%s/wal"
          query-log-enabled = false
        [http]
          bind-address = "127.0.0.1:%d"
          log-enabled = false
        [monitor]
          store-enabled = false
        """
            .formatted(forBackups, data, data, data, port));
    List<String> command = new ArrayList<>(before);
    command.add(before.isEmpty() ? program : SAFELY.toString());
    command.addAll(List.of("-config", config.toString()));
    InfluxServer server =
        new InfluxServer(
            new ChildProcess("influxd", folder, environment, command),
            URI.create("http://127.0.0.1:" + port),
            data,
            forBackups);
    server.start();
    return server;
  }

  URI url() {
    return url;
  }

  ChildProcess process() {
    return process;
  }

  /** Starts it (again) and waits until it answers. */
  void start() throws InterruptedException {
    process.start();
    Awaitility.await("influxd answers")
        .atMost(Duration.ofSeconds(60))
        .until(() -> http.answers(url + "/ping"));
  }

  /** The databases it has whose names begin so. */
  List<String> databases(String beginning) throws IOException, InterruptedException {
    List<String> names = new ArrayList<>();
    JsonNode answer = http.get(url + "/query?q=SHOW%20DATABASES");
    for (JsonNode row : answer.path("results").path(0).path("series").path(0).path("values")) {
      names.add(row.path(0).asText());
    }
    return names.stream().filter(name -> name.startsWith(beginning)).toList();
  }

  /** How many readings are rows of a database. */
  long count(String database) throws IOException, InterruptedException {
    long count = 0;
    JsonNode answer =
        http.get(url + "/query?db=" + database + "&q=SELECT%20count(seq)%20FROM%20/.*/");
    for (JsonNode series : answer.path("results").path(0).path("series")) {
      count += series.path("values").path(0).path(1).asLong();
    }
    return count;
  }

  /** Writes points of line protocol into a database, past ingest. */
  void write(String database, String points) throws IOException, InterruptedException {
    Http.Answer answer = http.tryPost(url + "/write?db=" + database, points);
    if (answer.status() != 204) {
      throw new IOException("influxd answered " + answer.status() + ": " + answer.body());
    }
  }

  /** Has a statement of InfluxQL done that changes a database. */
  void execute(String database, String statement) throws IOException, InterruptedException {
    String query = URLEncoder.encode(statement, StandardCharsets.UTF_8);
    JsonNode answer = http.post(url + "/query?db=" + database + "&q=" + query, "");
    if (answer.path("results").path(0).has("error")) {
      throw new IOException(statement + ": " + answer);
    }
  }

  /** Backs a database up while it runs, as its manual says. */
  void backUp(String database, Path to) throws Exception {
    tool("backup", "-portable", "-host", forBackups, "-database", database, to.toString());
  }

  /** It loses all it has, is started again with nothing, and is given what was backed up. */
  void loseAllAndRestore(String database, Path from) throws Exception {
    process.kill();
    for (String folder : List.of("meta", "data", "wal")) {
      TestPipeline.delete(data.resolve(folder));
    }
    start();
    tool("restore", "-portable", "-host", forBackups, "-db", database, from.toString());
  }

  private static void tool(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(System.getenv("TIDEMARK_INFLUXD")));
    command.addAll(List.of(words));
    Path said = Files.createTempFile("influxd-tool", ".log");
    Process tool =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    if (tool.waitFor() != 0) {
      throw new IOException(String.join(" ", words) + ": " + Files.readString(said));
    }
    Files.delete(said);
  }

  /** Stops it where it stands; connections stay open and nothing answers. */
  void freeze() throws IOException, InterruptedException {
    signal("STOP");
  }

  void thaw() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    if (exit != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.terminate();
    if (!process.waitFor(Duration.ofSeconds(20))) {
      process.kill();
    }
  }
}
