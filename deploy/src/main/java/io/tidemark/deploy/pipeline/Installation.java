package io.tidemark.deploy.pipeline;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A built checkout: where its programs are and how they are run.
 *
 * @param home the checkout
 */
public record Installation(Path home) {

  /**
   * The one this program belongs to: as the launcher says, else the working folder or the one above
   * it.
   */
  public static Installation find() {
    String told = System.getProperty("tidemark.home");
    if (told != null) {
      return new Installation(Path.of(told).toAbsolutePath());
    }
    Path here = Path.of("").toAbsolutePath();
    for (Path folder = here; folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve("tidemark"))
          && Files.isDirectory(folder.resolve("telemetry-wire"))) {
        return new Installation(folder);
      }
    }
    throw new IllegalStateException(
        "no Tidemark checkout at or above "
            + here
            + ": start this with ./tidemark, or set -Dtidemark.home");
  }

  /** The command that runs a built jar on this JVM. */
  public List<String> java(String jar, List<String> jvmOptions, String... arguments) {
    Path path = home.resolve(jar);
    if (!Files.exists(path)) {
      throw new IllegalStateException(path + " is missing: build first, with ./tidemark build");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(
        "-XX:+ExitOnOutOfMemoryError"); // a process that lingers without memory helps nobody
    command.addAll(jvmOptions);
    command.add("-jar");
    command.add(path.toString());
    command.addAll(List.of(arguments));
    return command;
  }
}
