package io.tidemark.deploy.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done to a process from outside. */
class ChildProcessTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path logs;

  private ChildProcess process;

  @BeforeEach
  void aProcessThatGoesOn() {
    process = new ChildProcess("sleeper", logs, Map.of(), List.of("sleep", "600"));
    process.start();
  }

  @AfterEach
  void ends() throws InterruptedException {
    process.kill();
  }

  @Test
  void isFrozenAndGoesOn() throws Exception {
    process.freeze();
    awaitState("T");
    process.thaw();
    awaitState("S");
    process.thaw();
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void hearsThatItIsToEndThoughItIsFrozen() throws Exception {
    process.freeze();
    awaitState("T");
    process.terminate();
    assertThat(process.waitFor(LONG)).isTrue();
  }

  @Test
  void isStartedAgainAfterItWasKilledInItsSleep() throws Exception {
    process.freeze();
    process.kill();
    assertThat(process.isAlive()).isFalse();
    process.thaw();
    process.start();
    awaitState("S");
  }

  @Test
  void canNotBeFrozenWhenItHasEnded() throws Exception {
    process.kill();
    assertThatThrownBy(process::freeze).hasMessageContaining("sleeper has ended");
  }

  private void awaitState(String state) {
    Awaitility.await("state " + state).atMost(LONG).until(() -> state().equals(state));
  }

  /** The letter behind its name, as proc(5) describes /proc/PID/stat. */
  private String state() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[0];
  }
}
