package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs of the machine that change something of it. */
final class MachineTool {
  private MachineTool() {}

  /**
   * Runs one to its end.
   *
   * @param needs what for, and what it takes, for whoever has not got it
   * @throws IllegalStateException if it cannot be run, or fails
   */
  static void run(String needs, List<String> command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw failed(needs, command, said.strip());
      }
    } catch (IOException e) {
      throw failed(needs, command, String.valueOf(e.getMessage()));
    }
  }

  private static IllegalStateException failed(String needs, List<String> command, String why) {
    return new IllegalStateException(
        "%s; '%s' said: %s".formatted(needs, String.join(" ", command), why));
  }
}
