package io.tidemark.deploy;

import io.tidemark.deploy.demo.DemoOptions;
import io.tidemark.deploy.pipeline.Own;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidemark demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Runs the whole platform on this machine: an agent on a simulated bus, simulated devices, a"
            + " cluster of gateways and ingest with its dashboards. At the end every reading"
            + " produced is looked up in the store.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark demo                      until Ctrl-C; open the address it prints",
      "  ./tidemark demo --for 60s --json     a minute, then the verdict as JSON on the last line",
      "  ./tidemark demo --gateways 1         a single gateway",
      "  ./tidemark demo --chaos              kill, freeze and restart gateways and ingest"
          + " meanwhile",
      "  ./tidemark demo --secure             everything enrolled, encrypted, and with a login",
      "  ./tidemark demo --secure --listen 0.0.0.0",
      "                                       the same, reached from other machines",
      "  ./tidemark demo --secure --devices 100 --certificates-for 60s --for 10m",
      "                                       hundreds of renewals",
      "  ./tidemark demo --data ~/tidemark    keep the data, and go on with it the next time",
      "  ./tidemark demo --influx http://127.0.0.1:8086",
      "",
      "Exit codes: 0 clean, 1 unclean, 2 could not check, 64 usage."
    })
final class DemoCommand implements Callable<Integer> {
  private static final String THIS_MACHINE = "127.0.0.1";
  private static final String EVERY_ADDRESS = "0.0.0.0";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private PlatformOptions platform = new PlatformOptions();

  @Option(
      names = "--for",
      paramLabel = "D",
      description =
          "How long the sources run once everything is healthy, e.g. 60s or 5m. Default: until"
              + " Ctrl-C.")
  private @Nullable Duration runFor;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder for data and logs, kept. Default: a fresh temporary folder.")
  private @Nullable Path data;

  @Option(
      names = "--influx",
      paramLabel = "URL",
      description =
          "Keep the rows in this InfluxDB, in its database tidemark, made if it is missing. A token"
              + " is taken from TIDEMARK_INFLUX_TOKEN (on 1.x name:password), an organization from"
              + " TIDEMARK_INFLUX_ORG.")
  private @Nullable URI influx;

  @Option(
      names = "--chaos",
      description =
          "Strike gateways and ingest with a fault every nine seconds, as the seed decides; needs"
              + " 11 s or more.")
  private boolean chaos;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      defaultValue = THIS_MACHINE,
      description =
          "Where ingest and gateways listen: "
              + THIS_MACHINE
              + ", which only this machine reaches; or, with --secure, "
              + EVERY_ADDRESS
              + ", every address it has, so that browsers elsewhere do, too."
              + " Default: ${DEFAULT-VALUE}.")
  private String listen = THIS_MACHINE;

  @Override
  public Integer call() throws IOException, InterruptedException {
    DemoRun run = new DemoRun(spec);
    run.requireDevices(platform.devices);
    if (chaos && runFor != null) {
      run.requireTimeForFaults(runFor);
    }
    boolean open = isOpen();
    int cluster = run.gateways(platform.gateways, data);
    if (influx != null
        && (influx.getHost() == null || !String.valueOf(influx.getScheme()).startsWith("http"))) {
      throw new ParameterException(
          spec.commandLine(), "--influx must be like http://127.0.0.1:8086, but is " + influx);
    }
    return run.run(
        new DemoOptions(
            runFor,
            platform.drain,
            platform.devices,
            cluster,
            data,
            platform.seed,
            influx,
            chaos,
            platform.security(spec),
            open,
            Own.NOTHING),
        platform.json);
  }

  private boolean isOpen() {
    if (!listen.equals(THIS_MACHINE) && !listen.equals(EVERY_ADDRESS)) {
      throw new ParameterException(
          spec.commandLine(),
          "--listen must be %s or %s, but is %s".formatted(THIS_MACHINE, EVERY_ADDRESS, listen));
    }
    boolean open = listen.equals(EVERY_ADDRESS);
    if (open && !platform.secure) {
      throw new ParameterException(
          spec.commandLine(),
          "--listen %s needs --secure: without it whoever reaches the demo may do everything"
              .formatted(EVERY_ADDRESS));
    }
    return open;
  }
}
