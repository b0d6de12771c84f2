package io.tidemark.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthFileTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  private final Path file;

  HealthFileTest(@TempDir Path folder) {
    file = folder.resolve("health");
  }

  @Test
  void itIsRenewedWhileTheSourceIsNotBehind() throws Exception {
    AtomicLong behind = new AtomicLong();
    AtomicInteger looks = new AtomicInteger();
    try (HealthFile health =
        HealthFile.keep(
            file.toString(),
            () -> {
              looks.incrementAndGet();
              return behind.get();
            },
            Duration.ofMillis(20))) {
      await().until(() -> Files.exists(file));
      behind.set(HealthFile.BEHIND_MAX.toNanos() + 1);
      int before = looks.get();
      await().until(() -> looks.get() > before);
      Files.setLastModifiedTime(file, LONG_AGO);
      int then = looks.get();
      await().until(() -> looks.get() > then + 1);
      assertThat(Files.getLastModifiedTime(file)).isEqualTo(LONG_AGO);
      behind.set(HealthFile.BEHIND_MAX.toNanos());
      await().until(() -> !modified().equals(LONG_AGO));
    }
  }

  private FileTime modified() throws IOException {
    return Files.getLastModifiedTime(file);
  }

  @Test
  void withoutANameThereIsNone() {
    try (HealthFile health =
        HealthFile.keep(
            "",
            () -> {
              throw new AssertionError("nobody looks");
            })) {
      assertThat(health).isNotNull();
    }
  }
}
