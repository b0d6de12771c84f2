package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backlog costs disk, not memory. */
class BacklogTest {
  private static final long BACKLOG_BYTES = 600L << 20;
  private static final long USED_MAX_BYTES = 64L << 20;

  @TempDir Path dir = Path.of("set by JUnit");

  @Test
  void sixHundredMegabytesPassThroughASmallHeap() throws Exception {
    File out = dir.resolve("out.txt").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx160m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                BacklogProcess.class.getName(),
                dir.resolve("log").toString(),
                Long.toString(BACKLOG_BYTES))
            .redirectOutput(out)
            .redirectError(dir.resolve("stderr.txt").toFile())
            .start();
    try {
      assertThat(process.waitFor(240, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(out.toPath(), StandardCharsets.UTF_8);
    assertThat(lines).as("as the process said").hasSize(3);
    assertThat(lines.get(1)).startsWith("read 2400 ");
    assertThat(lines.get(2)).startsWith("read 2400 ");
    for (String line : lines) {
      long used = Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
      assertThat(used).as(line).isLessThan(USED_MAX_BYTES);
    }
  }
}
