package io.tidemark.agent.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What systemd says by the environment; what it is told goes to a socket that is its own. */
class ServiceManagerTest {
  @Test
  void nobodyIsToldWhereNobodyAsks() {
    ServiceManager nobody = ServiceManager.of(Map.of("WATCHDOG_USEC", "1000000"), 7);
    assertThat(nobody.watchdog()).isZero();
    nobody.ready();
    nobody.feed();
  }

  @Test
  void aHealthCheckIsToldByAFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("health");
    ServiceManager manager = ServiceManager.of(Map.of("TIDEMARK_HEALTH_FILE", file.toString()), 7);
    assertThat(manager.watchdog()).isEqualTo(Duration.ofMinutes(1));
    manager.status("which says nothing of progress");
    assertThat(file).doesNotExist();
    manager.ready();
    assertThat(file).exists();
    FileTime longAgo = FileTime.from(Instant.now().minusSeconds(90));
    Files.setLastModifiedTime(file, longAgo);
    manager.feed();
    assertThat(Files.getLastModifiedTime(file)).isGreaterThan(longAgo);
    ServiceManager.of(Map.of("TIDEMARK_HEALTH_FILE", folder.toString()), 7).feed();
  }

  @Test
  void systemdIsToldRatherThanAFile() {
    Map<String, String> both =
        Map.of(
            "NOTIFY_SOCKET", "@nobody-listens",
            "WATCHDOG_USEC", "90000000",
            "TIDEMARK_HEALTH_FILE", "/nowhere");
    assertThat(ServiceManager.of(both, 7).watchdog()).isEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void aWatchdogIsForTheProcessItNames() {
    Map<String, String> all =
        Map.of(
            "NOTIFY_SOCKET", "@nobody-listens", "WATCHDOG_USEC", "90000000", "WATCHDOG_PID", "7");
    assertThat(ServiceManager.of(all, 7).watchdog()).isEqualTo(Duration.ofSeconds(90));
    assertThat(ServiceManager.of(all, 8).watchdog()).isZero();
    ServiceManager.of(all, 7).status("nobody hears it, which is no reason to end");
  }

  @Test
  void aSocketHasAPathThatTheKernelTakes() {
    assertThatThrownBy(() -> NotifySocket.to("relative")).hasMessageContaining("begins with /");
    assertThatThrownBy(() -> NotifySocket.to("/" + "x".repeat(107)))
        .hasMessageContaining("at most 107 bytes");
    assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1"), 7).watchdog()).isZero();
  }
}
