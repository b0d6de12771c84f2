package io.tidemark.deploy;

import io.tidemark.deploy.bench.AgentBench;
import io.tidemark.deploy.bench.ImagesBench;
import io.tidemark.deploy.images.ImageBuild;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What {@code tidemark bench agent} and {@code tidemark bench images} alone take. */
final class FootprintArguments {
  private static final Duration LENGTH_MIN = Duration.ofSeconds(1);
  private static final Duration LENGTH_MAX = Duration.ofHours(24);
  private static final int STARTS_MAX = 25;
  private static final Duration IDLE_MIN = Duration.ofSeconds(1);
  private static final Duration IDLE_MAX = Duration.ofHours(1);

  @Option(
      names = "--for",
      paramLabel = "D",
      defaultValue = "10m",
      description =
          "agent: how long it runs before its memory is looked at. Default: ${DEFAULT-VALUE}.")
  private Duration length = Duration.ZERO;

  @Option(
      names = "--starts",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "agent: how often it is started until its first reading is in the journal. Default: ${DEFAULT-VALUE}.")
  private int starts;

  @Option(
      names = "--idle-for",
      paramLabel = "D",
      defaultValue = "60s",
      description =
          "images: how long after its start a container's memory is looked at. Default: ${DEFAULT-VALUE}.")
  private Duration idleFor = Duration.ZERO;

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      description = "images: of those that were built. Default: the project's version.")
  private @Nullable String tag;

  AgentBench agent(CommandLine command) {
    Bounds.require(command, "--for", length, LENGTH_MIN, LENGTH_MAX);
    Bounds.require(command, "--starts", starts, 1, STARTS_MAX);
    return new AgentBench(length, starts);
  }

  ImagesBench images(CommandLine command) throws IOException {
    Bounds.require(command, "--idle-for", idleFor, IDLE_MIN, IDLE_MAX);
    return new ImagesBench(
        idleFor, tag == null ? ImageBuild.version(Installation.find().home()) : tag);
  }
}
