package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.cluster.ClusterState;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidemark gateway cluster status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description =
        "Shows a cluster: which gateways are alive, who leads which group, what waits to be"
            + " forwarded, and which groups have not their new members yet after a change. Any of"
            + " its gateways answers for all; one that can commit is asked before one that is cut"
            + " off.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark gateway cluster status                          of a demo on this machine",
      "  ./tidemark gateway cluster status --gateway https://g1:8444 --authority root.pem --token-file word",
      "  ./tidemark gateway cluster status --json | jq .groups      for scripts",
      "",
      "Exit codes: 0 every gateway is alive and every group has a leader and its members, 1 not"
          + " so, 2 no gateway answers, 64 usage."
    })
final class ClusterStatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private GatewayUrls asked = new GatewayUrls();

  @Option(names = "--json", description = "The gateway's own answer, one line of JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    Gateways.Said said = asked.gateways().state();
    JsonNode answer = said.body();
    if (answer == null) {
      spec.commandLine().getErr().println("Could not check: no gateway answers");
      said.silent().forEach(line -> spec.commandLine().getErr().println("  " + line));
      return Tidemark.UNKNOWN;
    }
    ClusterState state = ClusterState.of(answer);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer);
    } else {
      state.lines().forEach(out::println);
    }
    out.flush();
    return state.isWell() ? Tidemark.CLEAN : Tidemark.UNCLEAN;
  }
}
