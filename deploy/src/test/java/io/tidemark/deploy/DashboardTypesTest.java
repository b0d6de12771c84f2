package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The bundler drops TypeScript's types without reading them. The runtime it works with, which it
 * has unpacked beside the libraries, can check them: strictly, and without a network.
 */
class DashboardTypesTest {
  private static final String SETTINGS =
      """
      {
        "nodeModulesDir": "manual",
        "unstable": ["sloppy-imports"],
        "compilerOptions": {
          "lib": ["dom", "dom.iterable", "esnext"],
          "strict": true,
          "noUncheckedIndexedAccess": true,
          "noImplicitOverride": true,
          "noPropertyAccessFromIndexSignature": true,
          "noUnusedLocals": true,
          "noUnusedParameters": true
        }
      }
      """;

  private static final String LIBRARIES = "{\"dependencies\":{\"lit\":\"*\",\"uplot\":\"*\"}}";

  @Test
  void theTypesOfTheDashboardsHold() throws IOException, InterruptedException {
    Path ingest = Installation.find().home().resolve("cloud-ingest");
    Path modules = ingest.resolve("target/node_modules");
    Path folder = TestPipeline.folder("dashboard-types");
    copyScripts(ingest.resolve("src/main/resources/web/app"), folder.resolve("app"));
    Files.createSymbolicLink(folder.resolve("node_modules"), modules);
    Files.writeString(folder.resolve("deno.json"), SETTINGS);
    Files.writeString(folder.resolve("package.json"), LIBRARIES);

    ChildProcess check =
        new ChildProcess(
            "deno-check",
            folder,
            Map.of("NO_COLOR", "1", "DENO_DIR", folder.resolve("cache").toString()),
            List.of(
                OpenIdProvider.runtime(modules).toString(),
                "check",
                "--quiet",
                "--no-lock",
                "--no-remote",
                "--config",
                folder.resolve("deno.json").toString(),
                folder.resolve("app/index.ts").toString()));
    check.start();
    assertThat(check.waitFor(Duration.ofMinutes(2))).as("the check has ended").isTrue();
    assertThat(check.exitCode()).as(Files.readString(check.log())).isZero();
  }

  /** Copies them without their imports of style sheets, which have no types. */
  private static void copyScripts(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".ts")).toList()) {
        Path copy = to.resolve(from.relativize(file));
        Files.createDirectories(copy.getParent());
        String text =
            Files.readString(file)
                .lines()
                .map(line -> line.endsWith(".css';") ? "" : line)
                .collect(Collectors.joining("\n"));
        Files.writeString(copy, text);
      }
    }
  }
}
