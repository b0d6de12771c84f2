package io.tidemark.deploy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tidemark gateway cluster replace}, {@code add} and {@code remove}. */
final class ClusterChangeCommands {
  private static final String EXIT_CODES =
      "Exit codes: 0 done, 1 refused, or not done in time (it says what it waits for), 2 no gateway"
          + " answers, 64 usage.";

  private ClusterChangeCommands() {}

  private static ObjectNode change(String name, List<String> gateways) {
    ObjectNode change = JsonNodeFactory.instance.objectNode();
    ArrayNode named = change.putArray(name);
    gateways.forEach(named::add);
    return change;
  }

  /** One in place of another. */
  @Command(
      name = "replace",
      mixinStandardHelpOptions = true,
      description = {
        "Puts a new gateway in the place of one that is lost, or that is to move to another"
            + " address. Start the new one first: with the id of the one whose place it takes, an"
            + " empty data folder, and a line of peers with its new address. It waits to be taken"
            + " in, and says so. The former one counts no more as soon as this is agreed on.",
        "At the same address nothing has to be asked for: a gateway that comes back with an empty"
            + " data folder is taken in by itself."
      },
      footer = {
        "",
        "Examples:",
        "  ./tidemark gateway cluster replace g3=gw9.example:9001 --gateway"
            + " https://gw1.example:8444",
        "  ./tidemark gateway cluster replace g3=10.0.0.9:9001 --timeout 20m --json",
        "",
        EXIT_CODES
      })
  static final class Replace implements Callable<Integer> {
    @Mixin private ClusterChange cluster = new ClusterChange();

    @Parameters(
        paramLabel = "ID=HOST:PORT",
        description = "The id of the member, and where the new one listens for the others.")
    private String gateway = "";

    @Override
    public Integer call() throws InterruptedException {
      return cluster.make(JsonNodeFactory.instance.objectNode().put("replace", gateway));
    }
  }

  /** More of them. */
  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description =
          "Takes gateways into a cluster: two at once, as one has 1, 3 or 5. Start them first: with"
              + " ids that no member has, empty data folders, and a line of peers that names them"
              + " and the members. They wait to be taken in, and say so.",
      footer = {
        "",
        "Examples:",
        "  ./tidemark gateway cluster add g2=gw2.example:9001 g3=gw3.example:9001 \\",
        "      --gateway https://gw1.example:8444",
        "",
        EXIT_CODES
      })
  static final class Add implements Callable<Integer> {
    @Mixin private ClusterChange cluster = new ClusterChange();

    @Parameters(
        arity = "1..*",
        paramLabel = "ID=HOST:PORT",
        description = "The id of a new gateway, and where it listens for the others.")
    private List<String> gateways = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
      return cluster.make(change("add", gateways));
    }
  }

  /** Fewer of them. */
  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description =
          "Takes gateways out of a cluster: two at once, as one has 1, 3 or 5. Once this is done"
              + " they can be stopped; what they had taken and not forwarded is kept and forwarded"
              + " by the others. A gateway that was removed needs an empty data folder to be added"
              + " again.",
      footer = {
        "",
        "Examples:",
        "  ./tidemark gateway cluster remove g4 g5 --gateway https://gw1.example:8444",
        "  ./tidemark gateway cluster remove g4 g5 --no-wait && ./tidemark gateway cluster status",
        "",
        EXIT_CODES
      })
  static final class Remove implements Callable<Integer> {
    @Mixin private ClusterChange cluster = new ClusterChange();

    @Parameters(arity = "1..*", paramLabel = "ID", description = "The id of a member.")
    private List<String> gateways = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
      return cluster.make(change("remove", gateways));
    }
  }
}
