package io.tidemark.deploy.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a program has said that does one thing and ends.
 *
 * @param exitCode what it returned
 * @param said on standard output and standard error
 */
record Tool(int exitCode, String said) {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /**
   * Runs one that has nothing to read.
   *
   * @throws IOException if it cannot be started, or has not ended after half a minute
   */
  static Tool run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    CompletableFuture<Process> end =
        process.onExit().orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS);
    CompletableFuture<Process> unused = end.exceptionally(late -> process.destroyForcibly());
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (end.isCompletedExceptionally()) {
      throw new IOException(
          "%s has not ended after %d s: %s".formatted(command, LIMIT.toSeconds(), said));
    }
    return new Tool(process.waitFor(), said);
  }
}
