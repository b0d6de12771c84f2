package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.cluster.ClusterState;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidemark gateway cluster status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description =
        "Shows a cluster: which gateways are alive, who leads which group, and what waits to be"
            + " forwarded. Any of its gateways answers for all; one that can commit is asked before"
            + " one that is cut off.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark gateway cluster status                          of a demo on this machine",
      "  ./tidemark gateway cluster status --gateway http://g1:8081 --gateway http://g2:8081",
      "  ./tidemark gateway cluster status --json | jq .groups      for scripts",
      "",
      "Exit codes: 0 every gateway is alive and every group has a leader, 1 not so, 2 no gateway"
          + " answers, 64 usage."
    })
final class ClusterStatusCommand implements Callable<Integer> {
  /** A gateway that is frozen takes the connection and says nothing. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int DEMO_GATEWAYS_MAX = 5;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "HTTP address of a gateway, e.g. http://127.0.0.1:8081. Repeat for more, which are asked"
              + " when one does not answer. Default: those of a demo on this machine.")
  private List<String> gateways = new ArrayList<>();

  @Option(names = "--json", description = "The gateway's own answer, one line of JSON.")
  private boolean json;

  private final Http http = new Http(PATIENCE);

  @Override
  public Integer call() throws InterruptedException {
    List<String> asked = gateways.isEmpty() ? ofTheDemo() : gateways;
    List<String> silent = new ArrayList<>();
    JsonNode answer = ask(asked, silent);
    if (answer == null) {
      spec.commandLine().getErr().println("Could not check: no gateway answers");
      silent.forEach(line -> spec.commandLine().getErr().println("  " + line));
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

  private static List<String> ofTheDemo() {
    return Ports.usualHttp(DEMO_GATEWAYS_MAX).stream()
        .map(port -> "http://127.0.0.1:" + port)
        .toList();
  }

  /** The first answer of one that can commit, else the first one; null if nobody answers. */
  private @Nullable JsonNode ask(List<String> asked, List<String> silent)
      throws InterruptedException {
    JsonNode first = null;
    for (String url : asked) {
      try {
        JsonNode answer = http.get(url + "/api/v1/cluster");
        if (answer.path("canCommit").asBoolean()) {
          return answer;
        }
        first = first == null ? answer : first;
      } catch (IOException | IllegalArgumentException e) {
        silent.add(
            "%s: %s"
                .formatted(
                    url, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
      }
    }
    return first;
  }
}
