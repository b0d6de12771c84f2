package io.tidemark.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidemark gateway}: what is asked of gateways that run. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = "Looks at gateways that run.",
    subcommands = GatewayCommand.Cluster.class,
    footer = {
      "",
      "Examples:",
      "  ./tidemark gateway cluster status           the cluster of a demo on this machine",
      "  ./tidemark gateway cluster status --help    more of them"
    })
final class GatewayCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw incomplete(spec, "cluster");
  }

  /** {@code tidemark gateway cluster}. */
  @Command(
      name = "cluster",
      mixinStandardHelpOptions = true,
      description = "The cluster that gateways form.",
      subcommands = ClusterStatusCommand.class,
      footer = {
        "",
        "Examples:",
        "  ./tidemark gateway cluster status           the cluster of a demo on this machine"
      })
  static final class Cluster implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
      throw incomplete(spec, "status");
    }
  }

  private static ParameterException incomplete(CommandSpec spec, String next) {
    return new ParameterException(
        spec.commandLine(), "%s needs to know what: %s".formatted(spec.qualifiedName(), next));
  }
}
