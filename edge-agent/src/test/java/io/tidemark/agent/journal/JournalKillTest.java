package io.tidemark.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.Batch;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process writes into a journal and is killed with SIGKILL at seeded random moments.
 * Whatever it had been told is committed must be there; numbers must be contiguous, and none used
 * twice.
 */
class JournalKillTest {
  private static final int KILLS = 10;

  @Test
  void whatWasCommittedSurvivesAndNumbersGoOn(@TempDir Path dir) throws Exception {
    Random random = new Random(7);
    List<Long> committed = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      committed.addAll(runAndKill(dir, kill, 20 + random.nextInt(400)));
    }

    Map<Long, Double> kept = new HashMap<>();
    long next = 0;
    JournalSettings settings =
        new JournalSettings(dir, "pi-1", 64 << 20, Duration.ofDays(1), Duration.ofHours(1));
    try (Journal journal = Journal.open(settings)) {
      List<Batch> batches = Bench.deliverAll(journal);
      assertThat(batches)
          .extracting(batch -> batch.header().epoch())
          .containsOnly(batches.get(0).header().epoch());
      for (Batch batch : batches) {
        assertThat(batch.header().firstSequence()).isEqualTo(next);
        next += batch.header().count();
        for (int i = 0; i < batch.readings().size(); i++) {
          kept.put(batch.header().firstSequence() + i, number(batch.readings().get(i)));
        }
      }
    }
    assertThat(committed).isNotEmpty();
    assertThat(kept.values()).doesNotHaveDuplicates(); // no reading has two numbers
    assertThat(kept.keySet()).containsAll(committed);
  }

  private static double number(Reading reading) {
    return reading.values().get("x") instanceof Value.Num number ? number.value() : Double.NaN;
  }

  /** The numbers the child had seen committed when, after {@code lines} lines, it was killed. */
  private static List<Long> runAndKill(Path dir, int run, int lines)
      throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                dir.toString(),
                Integer.toString(run))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<Long> committed = new ArrayList<>();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String line = out.readLine();
      while (line != null
          && line.endsWith(".")) { // without its end the line was cut off by the kill
        committed.add(Long.parseLong(line.substring(0, line.length() - 1)));
        if (committed.size() == lines) {
          child.toHandle().destroyForcibly(); // SIGKILL; what is still in the pipe was said before
        }
        line = out.readLine();
      }
    } finally {
      child.destroyForcibly();
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    return committed;
  }

  /** Records for ever, and says which numbers are committed. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      JournalSettings settings =
          new JournalSettings(
              Path.of(arguments[0]), "pi-1", 64 << 20, Duration.ofDays(1), Duration.ofMillis(10));
      double made = Integer.parseInt(arguments[1]) * 1e9;
      try (Journal journal = Journal.open(settings)) {
        long said = JournalView.read(settings.dir()).get(0).nextSequence();
        long before = said;
        while (true) {
          long now = System.currentTimeMillis() * 1_000_000;
          journal.record(new Reading("s", "test", now, Map.of("x", Value.of(made++))));
          journal.record(new Reading("s", "test", now, Map.of("x", Value.of(made++))));
          if (made % 7 == 0) {
            journal.flush();
          }
          for (long recorded = before + journal.counts().recorded(); said < recorded; said++) {
            System.out.println(said + ".");
          }
        }
      }
    }
  }
}
