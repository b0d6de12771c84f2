package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 at seeded moments under load: nothing acknowledged is lost, and it starts again by
 * itself.
 */
class KillTest {
  private static final int ROUNDS = 6;

  @TempDir Path dir = Path.of("set by JUnit");

  @Test
  void nothingAcknowledgedIsLost() throws Exception {
    Random random = new Random(20261123);
    long next = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Set<Long> acknowledged = new HashSet<>();
      next = runAndKill(next, 1 + random.nextInt(1_500), acknowledged);
      check(acknowledged);
    }
    assertThat(next).isGreaterThan(ROUNDS);
  }

  /** Returns a number above all that were proposed. */
  private long runAndKill(long first, int killAfter, Set<Long> acknowledged) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                LogProcess.class.getName(),
                dir.toString(),
                Long.toString(first))
            .redirectError(new File(dir.toFile(), "stderr.txt"))
            .start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      assertThat(lines.readLine()).isEqualTo("leads");
      while (acknowledged.size() < killAfter) {
        acknowledged.add(Long.parseLong(lines.readLine()));
      }
      // Not by the Process, which would close its output.
      ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
      // What it had written before it died counts too; its last line may be cut short.
      String line = lines.readLine();
      String after = lines.readLine();
      while (after != null) {
        acknowledged.add(Long.parseLong(line));
        line = after;
        after = lines.readLine();
      }
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    return acknowledged.stream().mapToLong(Long::longValue).max().orElse(first) + 1_000;
  }

  /**
   * What was acknowledged is above the mark and readable, or it is below and let go of on purpose.
   */
  private void check(Set<Long> acknowledged) throws Exception {
    try (OpenLog open = Logs.open(dir)) {
      RatisLog log = open.log();
      List<CommittedEntry> entries =
          ReplicatedLogContract.readAll(log, log.mark().index() + 1, 1 << 20);
      Set<Long> found = new HashSet<>();
      entries.forEach(entry -> found.add(ByteBuffer.wrap(entry.bytes()).getLong()));
      long lowest = found.stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
      long highest = acknowledged.stream().mapToLong(Long::longValue).max().orElse(-1);
      assertThat(acknowledged).filteredOn(number -> number >= lowest).isSubsetOf(found);
      assertThat(found).as("the newest are never below the mark").contains(highest);
    }
  }
}
