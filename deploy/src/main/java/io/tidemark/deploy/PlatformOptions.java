package io.tidemark.deploy;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code demo} and {@code chaos} both take. */
final class PlatformOptions {
  @Option(
      names = "--drain",
      paramLabel = "D",
      defaultValue = "60s",
      description =
          "How long to wait for what is still on its way when the sources have stopped. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration drain = Duration.ZERO;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Simulated devices, 1 to " + DemoRun.DEVICES_MAX + ". Default: ${DEFAULT-VALUE}.")
  int devices;

  @Option(
      names = "--gateways",
      paramLabel = "1|3|5",
      description =
          "Gateways, which form one cluster. Default: 3, or as many as the folder's data are of.")
  @Nullable Integer gateways;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "Decides every simulated value, and every fault. Default: ${DEFAULT-VALUE}.")
  long seed;

  @Option(
      names = "--json",
      description = "Progress on stderr, and the verdict as JSON on the last line of stdout.")
  boolean json;
}
