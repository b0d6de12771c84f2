package io.tidemark.deploy;

import io.tidemark.deploy.bench.DashboardBenchOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What {@code tidemark bench dashboard} alone takes. */
final class DashboardBenchArguments {
  private static final int DEVICES_MIN = 20;
  private static final int DEVICES_MAX = 20_000;

  /** Each device has some, and the one that is shown enough to zoom into. */
  private static final int ROWS_MIN = 20_000;

  private static final int ROWS_MAX = 500_000_000;
  private static final int VISITS_MAX = 100;
  private static final Duration LIVE_MIN = Duration.ofSeconds(5);
  private static final Duration LIVE_MAX = Duration.ofHours(2);

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "10000",
      description = "dashboard: devices on the fleet's page. Default: ${DEFAULT-VALUE}.")
  private int devices;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "50000000",
      description =
          "dashboard: rows of all devices; of 50 million, 2,592,000 are 30 days of one device, a row a second. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "dashboard: folder for the rows, kept and used again; what is missing is made. Default: a new one, deleted at the end.")
  private @Nullable Path data;

  @Option(
      names = "--visits",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "dashboard: how often each page is opened; once more comes before. Default: ${DEFAULT-VALUE}.")
  private int visits;

  @Option(
      names = "--live-for",
      paramLabel = "D",
      defaultValue = "1m",
      description = "dashboard: how long 30 live charts are watched. Default: ${DEFAULT-VALUE}.")
  private Duration liveFor = Duration.ZERO;

  DashboardBenchOptions checked(CommandLine command, @Nullable URI influx) {
    Bounds.require(command, "--devices", devices, DEVICES_MIN, DEVICES_MAX);
    Bounds.require(command, "--rows", rows, Math.max(ROWS_MIN, devices), ROWS_MAX);
    Bounds.require(command, "--visits", visits, 1, VISITS_MAX);
    Bounds.require(command, "--live-for", liveFor, LIVE_MIN, LIVE_MAX);
    return new DashboardBenchOptions(influx, data, devices, rows, visits, liveFor);
  }
}
