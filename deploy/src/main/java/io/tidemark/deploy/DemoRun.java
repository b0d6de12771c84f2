package io.tidemark.deploy;

import io.tidemark.deploy.chaos.FaultPlan;
import io.tidemark.deploy.demo.Demo;
import io.tidemark.deploy.demo.DemoOptions;
import io.tidemark.deploy.demo.Verdict;
import io.tidemark.deploy.pipeline.OwnDisks;
import io.tidemark.deploy.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What {@code demo} and {@code chaos} have in common: their options' limits, and their outcome. */
final class DemoRun {
  /** Most simulated devices. */
  static final int DEVICES_MAX = 1_000;

  private static final int GATEWAYS_USUALLY = 3;

  /** Clusters that can tell a majority from a minority without a gateway to spare. */
  private static final Set<Integer> GATEWAYS = Set.of(1, 3, 5);

  private final CommandSpec spec;

  /** For the command of that description. */
  DemoRun(CommandSpec spec) {
    this.spec = spec;
  }

  /** Refuses what is out of range. */
  void requireDevices(int devices) {
    if (devices < 1 || devices > DEVICES_MAX) {
      throw wrong("--devices must be 1 to " + DEVICES_MAX + ", but is " + devices);
    }
  }

  /** Refuses a time in which there can be no fault, or for which none are planned. */
  void requireTimeForFaults(Duration runFor) {
    if (runFor.compareTo(FaultPlan.SHORTEST) < 0 || runFor.compareTo(FaultPlan.LONGEST) > 0) {
      throw wrong(
          "--for must be %d s to %d h where faults are asked for, but is %d s"
              .formatted(
                  FaultPlan.SHORTEST.toSeconds(), FaultPlan.LONGEST.toHours(), runFor.toSeconds()));
    }
  }

  /** How many gateways: as asked for, as the folder's data are of, or three. */
  int gateways(@Nullable Integer asked, @Nullable Path data) {
    int there = data == null ? 0 : Pipeline.gatewaysIn(data);
    if (data != null && OwnDisks.areIn(data)) {
      throw wrong(
          "%s was used with --disks, and its gateways' data are in the images there: take another folder"
              .formatted(data));
    }
    if (asked == null) {
      return there == 0 ? GATEWAYS_USUALLY : there;
    }
    if (!GATEWAYS.contains(asked)) {
      throw wrong("--gateways must be 1, 3 or 5, but is " + asked);
    }
    if (there != 0 && there != asked) {
      throw wrong(
          "--gateways must be %d, as %s is of so many, but is %d: leave it out, or take another folder"
              .formatted(there, data, asked));
    }
    return asked;
  }

  /** Refuses partitions of a single gateway, and of gateways that know each other elsewhere. */
  void requirePartitions(int gateways, @Nullable Path data) {
    if (gateways == 1) {
      throw wrong("--partitions needs 3 or 5 gateways, but there is 1");
    }
    if (data != null && Pipeline.gatewaysIn(data) > 0) {
      throw wrong(
          "--partitions needs a folder without data, as its gateways get new addresses, but %s has some"
              .formatted(data));
    }
  }

  /** Refuses disks of their own for gateways that have data elsewhere. */
  void requireDisks(@Nullable Path data) {
    if (data != null && Pipeline.gatewaysIn(data) > 0) {
      throw wrong(
          "--disks needs a folder without data, as its gateways get new disks, but %s has some"
              .formatted(data));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Runs it, prints the verdict, and returns the exit code. */
  int run(DemoOptions options, boolean json) throws IOException, InterruptedException {
    Verdict verdict = new Demo(options).run();
    System.out.println(json ? verdict.toJson() : verdict.toText());
    return switch (verdict.word()) {
      case CLEAN -> Tidemark.CLEAN;
      case UNCLEAN -> Tidemark.UNCLEAN;
      case UNKNOWN -> Tidemark.UNKNOWN;
    };
  }
}
