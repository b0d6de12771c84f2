package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Programs that are not ours, and that only benches need: the launcher gets them. */
final class ForeignPrograms {
  private ForeignPrograms() {}

  /**
   * Where a peer is: for Mosquitto the program, for HiveMQ the folder of its jars.
   *
   * @throws IOException if it is not there and cannot be fetched
   */
  static Path fetch(Installation installation, Peer peer) throws IOException, InterruptedException {
    return fetch(installation, peer.label(), "; leave it out with --peers");
  }

  /**
   * Where the program of a Chromium is.
   *
   * @throws IOException if it is not there and cannot be installed
   */
  static Path chromium(Installation installation) throws IOException, InterruptedException {
    return fetch(installation, "chromium", "");
  }

  /** Says why it is not there itself, on standard error. */
  private static Path fetch(Installation installation, String name, String advice)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(installation.home().resolve("tidemark").toString(), "fetch", name);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String path =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0 || path.isEmpty()) {
      throw new IOException("%s is not there (see above)%s".formatted(name, advice));
    }
    return Path.of(path);
  }
}
