package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Folders;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A Chromium without a window, with a profile of its own, driven over its DevTools protocol: that
 * takes no more than the JDK has, and a bench needs little of what a browser's driver brings. Used
 * by one thread.
 */
final class Chromium implements AutoCloseable {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final ChildProcess process;
  private final Http http = new Http();
  private final String url;

  /**
   * Starts it.
   *
   * @param installation whose launcher knows where it is, or installs it
   * @param folder for its profile and its log
   * @throws IOException if there is none, or it ends instead of listening
   */
  Chromium(Installation installation, Path folder) throws IOException, InterruptedException {
    String program = ForeignPrograms.chromium(installation).toString();
    Path profile = folder.resolve("chromium");
    if (Files.exists(profile)) {
      Folders.delete(profile); // of a run that was killed, it may be locked
    }
    Files.createDirectories(profile);
    Path port = profile.resolve("DevToolsActivePort");
    process =
        new ChildProcess(
            "chromium",
            folder,
            Map.of(),
            List.of(
                program,
                "--headless=new",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                // It opens our own pages only, and as root it would not start without this.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "about:blank"));
    process.start();
    Waiting.until(() -> listens(port), () -> "Chromium does not listen: " + process.errors());
    url = "http://127.0.0.1:" + Files.readAllLines(port).get(0);
  }

  private boolean listens(Path port) throws IOException {
    if (!process.isAlive()) {
      throw new IOException(
          "Chromium has ended with exit code %d: %s"
              .formatted(process.exitCode(), process.errors()));
    }
    return Files.exists(port) && Files.readAllLines(port).size() >= 2;
  }

  /** Its name and version. */
  String version() throws IOException, InterruptedException {
    return http.get(url + "/json/version").path("Browser").asText();
  }

  /** Its page. */
  DevTools page() throws IOException, InterruptedException {
    for (JsonNode target : http.get(url + "/json/list")) {
      if (target.path("type").asText().equals("page")) {
        return new DevTools(URI.create(target.path("webSocketDebuggerUrl").asText()));
      }
    }
    throw new IOException("Chromium has no page");
  }

  /** Ends it with the processes that it has started: they write to its profile, too. */
  @Override
  public void close() throws InterruptedException {
    List<ProcessHandle> helpers =
        ProcessHandle.of(process.pid()).map(it -> it.descendants().toList()).orElse(List.of());
    process.terminate();
    if (!process.waitFor(STOP_TIMEOUT)) {
      process.kill();
    }
    helpers.forEach(ProcessHandle::destroyForcibly);
    try {
      Waiting.until(
          () -> helpers.stream().noneMatch(ProcessHandle::isAlive),
          () -> "Chromium's processes do not end");
    } catch (IOException e) {
      System.err.println(e.getMessage());
    }
  }
}
