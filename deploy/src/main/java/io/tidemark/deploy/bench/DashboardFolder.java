package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where the data for the dashboards are while they are measured: a folder, and a database with an
 * InfluxDB. A run that does not come to its end, whether by a failure or by Ctrl-C, says what it
 * leaves behind: to make it took long, and it can be gone on with. Used by one thread; its shutdown
 * hook by another.
 */
final class DashboardFolder {
  /** Held: one made for a single request, and held by nobody, may never answer. */
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Path path;
  private final DashboardBenchOptions options;
  private final DashboardData data;
  private final AtomicBoolean isFinished = new AtomicBoolean();

  private DashboardFolder(Path path, DashboardBenchOptions options, DashboardData data) {
    this.path = path;
    this.options = options;
    this.data = data;
  }

  /**
   * The one that is given, or a new one; and sees to it that no process started from now on
   * outlives this one, and that its end says what is left.
   *
   * @throws IOException if the given one is of other options
   */
  static DashboardFolder open(Installation installation, DashboardBenchOptions options)
      throws IOException {
    Path given = options.data();
    if (given != null) {
      BenchFolder.endChildrenWithUs();
    }
    Path path = given == null ? BenchFolder.make(installation) : given;
    DashboardFolder folder = new DashboardFolder(path, options, DashboardData.in(path, options));
    Runtime.getRuntime().addShutdownHook(new Thread(folder::sayWhatIsLeft));
    return folder;
  }

  Path path() {
    return path;
  }

  /** What was in it as it was opened. */
  DashboardData data() {
    return data;
  }

  private void sayWhatIsLeft() {
    if (isFinished.get()) {
      return;
    }
    if (!DashboardData.isIn(path)) { // nothing has been made
      if (options.data() == null) {
        delete();
      }
      return;
    }
    String database =
        options.influx() == null
            ? ""
            : " and in the database %s of %s".formatted(data.database(), options.influx());
    System.err.printf(
        "The data are left in %s%s. To go on with them, give the same options and --data %s; else delete them.%n",
        path, database, path);
  }

  /** All is done: what was made for this run alone goes. What cannot is said, and costs nothing. */
  void finish() throws InterruptedException {
    if (options.data() == null) {
      drop();
      delete();
    }
    isFinished.set(true);
  }

  private void delete() {
    try {
      Folders.delete(path);
    } catch (IOException e) {
      System.err.printf("%s could not be deleted: %s%n", path, e);
    }
  }

  private void drop() throws InterruptedException {
    URI influx = options.influx();
    if (influx == null) {
      return;
    }
    String trouble;
    try {
      HttpRequest drop =
          InfluxPeer.authorized(
                  HttpRequest.newBuilder(
                      URI.create(influx + "/query?q=DROP%20DATABASE%20" + data.database())))
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      HttpResponse<String> answer = CLIENT.send(drop, HttpResponse.BodyHandlers.ofString());
      trouble = answer.statusCode() == 200 ? "" : answer.body();
    } catch (IOException e) {
      trouble = e.toString();
    }
    if (!trouble.isEmpty()) {
      System.err.printf(
          "the database %s of %s could not be dropped: %s%n", data.database(), influx, trouble);
    }
  }
}
