package io.tidemark.deploy;

import io.tidemark.deploy.demo.DemoOptions;
import io.tidemark.deploy.pipeline.Own;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidemark chaos}. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the whole platform on this machine, and strikes it every nine seconds: gateways and"
          + " ingest are killed (SIGKILL), frozen, stopped, started again, some in the"
          + " middle of writing or with their disks lost,"
          + " one or several at a time, as the seed decides. Then everything comes back, the sources stop, and every"
          + " reading produced is looked up in the store.",
      "",
      "Each fault is said as it happens. What was planned and what happened is in chaos.jsonl, in"
          + " the folder of --record.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./tidemark chaos                               ten minutes, three gateways",
      "  ./tidemark chaos --for 30m --seed 42 --json    half an hour, then the verdict as JSON on"
          + " the last line",
      "  ./tidemark chaos --gateways 5 --record run1    data, logs and chaos.jsonl are kept in"
          + " run1",
      "  ./tidemark chaos --secure --certificates-for 60s    everything enrolled, and renewed",
      "                                                      again and again",
      "  sudo ./tidemark chaos --partitions --disks --clocks    every kind of fault there is",
      "",
      "Exit codes: 0 clean, 1 unclean, 2 could not check or a fault could not be carried out, 64"
          + " usage."
    })
final class ChaosCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private PlatformOptions platform = new PlatformOptions();

  @Option(
      names = "--for",
      paramLabel = "D",
      defaultValue = "10m",
      description =
          "How long, once everything is healthy, 11s to 24h; longer if the faults planned for this"
              + " time take longer. Default: ${DEFAULT-VALUE}.")
  private Duration runFor = Duration.ZERO;

  @Option(
      names = "--partitions",
      description =
          "Cut gateways off from one another too, in both directions or one, in part, again and"
              + " again, and from ingest or everybody: each runs in a network namespace of its own."
              + " Needs root and iproute2.")
  private boolean partitions;

  @Option(
      names = "--disks",
      description =
          "Fill gateways' disks up too, and let them stand still: each has one of its own, an image"
              + " in the folder that is mounted. Needs root, e2fsprogs (mkfs.ext4) and util-linux"
              + " (mount, fallocate, fsfreeze).")
  private boolean disks;

  @Option(
      names = "--clocks",
      description =
          "Set gateways' clocks wrong too: each has one of its own, by libfaketime, which is fetched"
              + " if it is missing and Debian's packages can be had.")
  private boolean clocks;

  @Option(
      names = "--record",
      paramLabel = "DIR",
      description =
          "Folder for data, logs and what happened, kept. Default: a fresh temporary folder.")
  private @Nullable Path record;

  @Override
  public Integer call() throws IOException, InterruptedException {
    DemoRun run = new DemoRun(spec);
    run.requireDevices(platform.devices);
    run.requireTimeForFaults(runFor);
    int cluster = run.gateways(platform.gateways, record);
    if (partitions) {
      run.requirePartitions(cluster, record);
    }
    if (disks) {
      run.requireDisks(record);
    }
    return run.run(
        new DemoOptions(
            runFor,
            platform.drain,
            platform.devices,
            cluster,
            record,
            platform.seed,
            null,
            true,
            platform.security(spec),
            false,
            new Own(partitions, disks, clocks)),
        platform.json);
  }
}
