package io.tidemark.deploy.setup;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What compose starts PostgreSQL by, with an entrypoint that does as the public image's does: it
 * begins with PG_VERSION, and does nothing where that is.
 */
class PostgresStartTest {
  private static final Path SCRIPTS = Installation.find().home().resolve("deploy/compose/postgres");

  @TempDir private Path folder;
  private Path volume;
  private Path data;

  @BeforeEach
  void entrypoint() throws IOException {
    volume = Files.createDirectory(folder.resolve("volume"));
    data = volume.resolve("pgdata");
    Path entrypoint = folder.resolve("docker-entrypoint.sh");
    Files.writeString(
        entrypoint,
        """
        #!/bin/sh
        set -eu
        [ "$*" = postgres ]
        mkdir -p "$PGDATA"
        if [ ! -s "$PGDATA/PG_VERSION" ]; then
          [ -z "$(ls -A "$PGDATA")" ]
          echo 16 >"$PGDATA/PG_VERSION"
          [ ! -e '%s/interrupt' ]
          '%s/initialised.sh'
          touch "$PGDATA/database"
        fi
        """
            .formatted(folder, SCRIPTS));
    assertThat(entrypoint.toFile().setExecutable(true)).isTrue();
  }

  private int start() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", SCRIPTS.resolve("start").toString()).inheritIO();
    builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    builder.environment().put("PGDATA", data.toString());
    Process process = builder.start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }

  @Test
  void aFirstStartThatWasInterruptedIsBegunAnew() throws Exception {
    Path interrupt = Files.createFile(folder.resolve("interrupt"));
    assertThat(start()).isPositive();
    assertThat(data.resolve("PG_VERSION")).exists();
    Files.delete(interrupt);
    assertThat(start()).isZero();
    assertThat(data.resolve("database")).exists();
    assertThat(volume).isDirectoryNotContaining("glob:**/initialising");
  }

  @Test
  void whatWasThereToTheEndIsNeverRemoved() throws Exception {
    Files.createDirectory(data); // as an engine makes it
    assertThat(start()).isZero();
    Files.writeString(data.resolve("rows"), "rows");
    assertThat(start()).isZero();
    // Damaged: the entrypoint refuses, again and again.
    Files.delete(data.resolve("PG_VERSION"));
    assertThat(start()).isPositive();
    assertThat(start()).isPositive();
    assertThat(data.resolve("rows")).exists();
  }
}
