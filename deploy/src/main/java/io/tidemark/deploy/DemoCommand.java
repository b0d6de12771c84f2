package io.tidemark.deploy;

import io.tidemark.deploy.demo.Demo;
import io.tidemark.deploy.demo.DemoOptions;
import io.tidemark.deploy.demo.Verdict;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidemark demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Runs the whole platform on this machine: an agent on a simulated bus, simulated devices, a gateway and"
            + " ingest with its dashboards. At the end every reading produced is looked up in the store.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark demo                      until Ctrl-C; open the address it prints",
      "  ./tidemark demo --for 60s --json     a minute, then the verdict as JSON on the last line",
      "  ./tidemark demo --data ~/tidemark    keep the data, and go on with it the next time",
      "  ./tidemark demo --influx http://127.0.0.1:8086",
      "",
      "Exit codes: 0 clean, 1 unclean, 2 could not check, 64 usage."
    })
final class DemoCommand implements Callable<Integer> {
  private static final int DEVICES_MAX = 1_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--for",
      paramLabel = "D",
      description =
          "How long the sources run once everything is healthy, e.g. 60s or 5m. Default: until Ctrl-C.")
  private @Nullable Duration runFor;

  @Option(
      names = "--drain",
      paramLabel = "D",
      defaultValue = "60s",
      description =
          "How long to wait for what is still on its way when the sources have stopped. Default: ${DEFAULT-VALUE}.")
  private Duration drain = Duration.ZERO;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "20",
      description = "Simulated devices, 1 to " + DEVICES_MAX + ". Default: ${DEFAULT-VALUE}.")
  private int devices;

  @Option(
      names = "--gateways",
      paramLabel = "1",
      defaultValue = "1",
      description = "Gateways. This version runs one.")
  private int gateways;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder for data and logs, kept. Default: a fresh temporary folder.")
  private @Nullable Path data;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "Decides every simulated value. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--influx",
      paramLabel = "URL",
      description =
          "Keep the rows in this InfluxDB, in its database tidemark, made if it is missing. A token is taken from"
              + " TIDEMARK_INFLUX_TOKEN (on 1.x name:password), an organization from TIDEMARK_INFLUX_ORG.")
  private @Nullable URI influx;

  @Option(
      names = "--json",
      description = "Progress on stderr, and the verdict as JSON on the last line of stdout.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (devices < 1 || devices > DEVICES_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--devices must be 1 to " + DEVICES_MAX + ", but is " + devices);
    }
    if (gateways != 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--gateways must be 1: this version runs one gateway, but was asked for " + gateways);
    }
    if (influx != null
        && (influx.getHost() == null || !String.valueOf(influx.getScheme()).startsWith("http"))) {
      throw new ParameterException(
          spec.commandLine(), "--influx must be like http://127.0.0.1:8086, but is " + influx);
    }
    Verdict verdict = new Demo(new DemoOptions(runFor, drain, devices, data, seed, influx)).run();
    System.out.println(json ? verdict.toJson() : verdict.toText());
    return switch (verdict.word()) {
      case CLEAN -> Tidemark.CLEAN;
      case UNCLEAN -> Tidemark.UNCLEAN;
      case UNKNOWN -> Tidemark.UNKNOWN;
    };
  }
}
