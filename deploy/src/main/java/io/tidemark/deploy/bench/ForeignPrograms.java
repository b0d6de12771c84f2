package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Programs that are not ours and only measured beside ours: the launcher gets them. */
final class PeerPrograms {
  private PeerPrograms() {}

  /**
   * Where it is: for Mosquitto the program, for HiveMQ the folder of its jars.
   *
   * @throws IOException if it is not there and cannot be fetched
   */
  static Path fetch(Installation installation, Peer peer) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            installation.home().resolve("tidemark").toString(), "fetch", peer.label());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String path =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0 || path.isEmpty()) {
      throw new IOException(
          "%s is not there (see above); leave it out with --peers".formatted(peer.label()));
    }
    return Path.of(path);
  }
}
