package io.tidemark.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidemark gateway}: what is asked of gateways that run. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = "Looks at gateways that run, and changes their cluster.",
    subcommands = GatewayCommand.Cluster.class,
    footer = {
      "",
      "Examples:",
      "  ./tidemark gateway cluster status           the cluster of a demo on this machine",
      "  ./tidemark gateway cluster status --help    more of them",
      "  ./tidemark gateway cluster replace --help   when one of them is lost"
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
      subcommands = {
        ClusterStatusCommand.class,
        ClusterChangeCommands.Replace.class,
        ClusterChangeCommands.Add.class,
        ClusterChangeCommands.Remove.class
      },
      footer = {
        "",
        "Examples:",
        "  ./tidemark gateway cluster status           the cluster of a demo on this machine",
        "  ./tidemark gateway cluster replace g3=gw9.example:9001 --gateway https://gw1.example:8444"
      })
  static final class Cluster implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
      throw incomplete(spec, "status, replace, add or remove");
    }
  }

  private static ParameterException incomplete(CommandSpec spec, String next) {
    return new ParameterException(
        spec.commandLine(), "%s needs to know what: %s".formatted(spec.qualifiedName(), next));
  }
}
