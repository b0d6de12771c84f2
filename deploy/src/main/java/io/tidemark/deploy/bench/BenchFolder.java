package io.tidemark.deploy.bench;

import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where measured processes keep what they write. */
final class BenchFolder {
  private BenchFolder() {}

  /**
   * A new one for a run of a bench; and sees to it that no process started from now on outlives it.
   */
  static Path make(Installation installation) throws IOException {
    endChildrenWithUs();
    return create(installation);
  }

  /** A new one for a run that starts no processes but some that end by themselves. */
  static Path create(Installation installation) throws IOException {
    // Not among the temporary files: those may be in memory, where fsync costs nothing.
    Path parent = Files.createDirectories(installation.home().resolve("data"));
    return Files.createTempDirectory(parent, "bench-");
  }

  /** Sees to it that no process started from now on outlives this one. */
  static void endChildrenWithUs() {
    // Ctrl-C does not reach them, and must not leave them running.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> ProcessHandle.current().children().forEach(ProcessHandle::destroy)));
  }
}
