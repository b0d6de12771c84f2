package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DashboardDataTest {
  @TempDir Path folder;

  @Test
  void whatWasBegunIsGoneOnWith() throws IOException {
    DashboardData begun = DashboardData.in(folder, options(20, 30_000, null));
    assertThat(begun.slicesWritten()).isZero();
    begun.written(5).named(7).save(folder);
    assertThat(DashboardData.in(folder, options(20, 30_000, null)))
        .isEqualTo(begun.written(5).named(7));
  }

  @Test
  void twoFoldersHaveRowsInDatabasesOfTheirOwn() throws IOException {
    DashboardData one = DashboardData.in(folder.resolve("one"), options(20, 30_000, null));
    DashboardData other = DashboardData.in(folder.resolve("other"), options(20, 30_000, null));
    assertThat(one.database()).isNotEqualTo(other.database());
  }

  @Test
  void dataOfOtherOptionsAreNotUsed() throws IOException {
    DashboardData.in(folder, options(20, 30_000, null)).save(folder);
    assertThatThrownBy(() -> DashboardData.in(folder, options(21, 30_000, null)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("are of --devices 20, not 21: give that, or another folder");
    assertThatThrownBy(() -> DashboardData.in(folder, options(20, 30_001, null)))
        .hasMessageContaining("are of --rows 30000, not 30001");
    URI influx = URI.create("http://127.0.0.1:8086");
    assertThatThrownBy(() -> DashboardData.in(folder, options(20, 30_000, influx)))
        .hasMessageContaining("are of --influx embedded, not http://127.0.0.1:8086");
  }

  private static DashboardBenchOptions options(int devices, long rows, @Nullable URI influx) {
    return new DashboardBenchOptions(influx, null, devices, rows, 1, Duration.ofSeconds(5));
  }
}
