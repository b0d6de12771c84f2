package io.tidemark.sim.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Where scenarios are found: some are built in, all others are files. */
public final class Scenarios {
  /** Those that are built in, in the order in which to show them. */
  public static final List<String> BUILT_IN =
      List.of("smoke", "mixed-fleet", "rough-day", "ten-thousand");

  private Scenarios() {}

  /**
   * The built-in scenario of that name, or the one in that file.
   *
   * @throws ScenarioException if there is neither, or something is wrong with it
   */
  public static Scenario find(String nameOrFile) throws IOException {
    if (BUILT_IN.contains(nameOrFile)) {
      return ScenarioFile.parse(nameOrFile, yaml(nameOrFile));
    }
    Path file;
    try {
      file = Path.of(nameOrFile);
    } catch (InvalidPathException e) {
      throw unknown(nameOrFile);
    }
    if (!Files.isRegularFile(file)) {
      throw unknown(nameOrFile);
    }
    return ScenarioFile.read(file);
  }

  /**
   * What a built-in scenario looks like as a file.
   *
   * @throws ScenarioException if there is none of that name
   */
  public static String yaml(String name) throws ScenarioException {
    if (!BUILT_IN.contains(name)) {
      throw unknown(name);
    }
    try (InputStream in = Scenarios.class.getResourceAsStream(name + ".yaml")) {
      if (in == null) {
        throw new IllegalStateException("the built-in scenario " + name + " was not packaged");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ScenarioException unknown(String name) {
    return new ScenarioException(
        List.of(
            "there is no scenario \"%s\"%s: it must be the path of a file, or one of those built in: %s"
                .formatted(name, Nearest.hint(name, BUILT_IN), String.join(", ", BUILT_IN))));
  }
}
