package io.tidemark.ingest.storage.influx;

import io.tidemark.testing.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real influxd 1.x on free ports, with its data in a folder. */
public final class InfluxServer implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;
  private final URI url;

  private InfluxServer(Process process, URI url) {
    this.process = process;
    this.url = url;
  }

  /** Starts one. {@code httpSettings}: lines under {@code [http]}. */
  public static InfluxServer start(Path folder, String... httpSettings) throws Exception {
    String program = System.getenv("TIDEMARK_INFLUXD");
    if (program == null) {
      throw new IllegalStateException(
          "TIDEMARK_INFLUXD must name an influxd of 1.x; ./tidemark test fetches one and sets it");
    }
    int port = FreePort.next();
    Path config = folder.resolve("influxdb.conf");
    Files.writeString(
        config,
        """
        reporting-disabled = true
        bind-address = "127.0.0.1:%d"
        [meta]
          dir = "%s/meta"
        [data]
          dir = "%s/data"
          wal-dir = "%s/wal"
          query-log-enabled = false
        [http]
          bind-address = "127.0.0.1:%d"
          log-enabled = false
          %s
        [monitor]
          store-enabled = false
        """
            .formatted(
                FreePort.next(), folder, folder, folder, port, String.join("\n  ", httpSettings)));
    Process process =
        new ProcessBuilder(program, "-config", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("influxd.log").toFile())
            .start();
    InfluxServer server = new InfluxServer(process, URI.create("http://127.0.0.1:" + port));
    Awaitility.await("influxd answers")
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> server.get("/ping") == 204);
    return server;
  }

  private int get(String path) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(url.resolve(path)).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /** What it answers to a statement that needs no database. */
  public String query(String influxQl) throws IOException, InterruptedException {
    return query("", influxQl);
  }

  /** What it answers to a statement. */
  public String query(String database, String influxQl) throws IOException, InterruptedException {
    return post(
        "/query?epoch=ns&db=" + database,
        "q=" + URLEncoder.encode(influxQl, StandardCharsets.UTF_8));
  }

  /** Writes raw lines; fails if they are refused. */
  public void write(String database, String lines) throws IOException, InterruptedException {
    String answer = post("/write?db=" + database, lines);
    if (!answer.isEmpty()) {
      throw new IOException(answer);
    }
  }

  private String post(String path, String body) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(url.resolve(path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  public URI url() {
    return url;
  }

  /** How it is used by a store under test. */
  public InfluxSettings settings(String database) {
    return new InfluxSettings(
        url,
        database,
        "",
        "",
        true,
        InfluxVersion.AUTO,
        4,
        5_000,
        Duration.ofSeconds(15),
        Duration.ofSeconds(5),
        false);
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
