package io.tidemark.deploy;

import io.tidemark.identity.Role;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidemark gateway}: what is asked of gateways that run. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = "Looks at gateways that run, changes their cluster, and shuts one out.",
    subcommands = GatewayCommand.Cluster.class,
    footer = {
      "",
      "Examples:",
      "  ./tidemark gateway cluster status           the cluster of a demo on this machine",
      "  ./tidemark gateway cluster status --help    more of them",
      "  ./tidemark gateway cluster replace --help   when one of them is lost",
      "  ./tidemark gateway shut-out --help          when one of them is in wrong hands"
    })
final class GatewayCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw incomplete(spec, "cluster, shut-out or let-in");
  }

  @Command(
      name = "shut-out",
      mixinStandardHelpOptions = true,
      description = {
        "Ingest takes nothing of the gateway from now on, and other gateways cut it off. It stays a member of its"
            + " cluster, which can then lose one less: remove it from that, too.",
        "If it is shut out already, nothing changes, and it says how that stands."
      },
      footer = {
        "",
        "Examples:",
        "  ./tidemark gateway shut-out g4 --why \"sold with the hall\" --authority root.pem --api-key-file key.txt",
        "  ./tidemark gateway shut-out g4 --why \"in repair\" --trust sha256:5A:3B... --timeout 0s --json",
        "",
        "The key is an administrator's, as a cluster may lose its majority by it.",
        "",
        ShutOut.EXIT_CODES
      })
  int shutOut(
      @Mixin ShutOut change,
      @Parameters(paramLabel = "ID", description = "The gateway's id.") String id,
      @Option(
              names = "--why",
              required = true,
              paramLabel = "TEXT",
              description = "One line of 1 to 500 characters, for those who wonder later.")
          String why)
      throws InterruptedException {
    return change.shutOut(Role.GATEWAY, id, why);
  }

  @Command(
      name = "let-in",
      mixinStandardHelpOptions = true,
      description = {"Lets a gateway back in.", "If it is not shut out, nothing changes."},
      footer = {
        "",
        "Examples:",
        "  ./tidemark gateway let-in g4 --authority root.pem --api-key-file key.txt",
        "",
        "The key is an administrator's.",
        "",
        ShutOut.EXIT_CODES
      })
  int letIn(
      @Mixin ShutOut change,
      @Parameters(paramLabel = "ID", description = "The gateway's id.") String id)
      throws InterruptedException {
    return change.letIn(Role.GATEWAY, id);
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
