package io.tidemark.ingest.install;

import java.nio.file.Path;

/**
 * A package of the agent's, as it was when somebody looked.
 *
 * @param sha256 in hexadecimal, as {@code sha256sum} prints it
 */
record AgentPackage(Path file, long bytes, String sha256) {
  /** What it is called, with its version. */
  String name() {
    return file.getFileName().toString();
  }
}
