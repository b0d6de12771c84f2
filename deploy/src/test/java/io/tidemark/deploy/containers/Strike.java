package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What goes wrong with a container, and is over again. Used by one thread. */
enum Strike {
  /** Without a word, and somebody starts it again. */
  KILL {
    @Override
    void on(Engine engine, String container, String service) throws Exception {
      engine.docker("kill", container);
      last();
      engine.docker("start", container);
    }
  },

  /** Nobody reaches it, nor it anybody. */
  DISCONNECT {
    @Override
    void on(Engine engine, String container, String service) throws Exception {
      Map<String, List<String>> networks = networks(engine, container);
      assertThat(networks).isNotEmpty();
      for (String network : networks.keySet()) {
        engine.docker("network", "disconnect", network, container);
      }
      last();
      for (Map.Entry<String, List<String>> network : networks.entrySet()) {
        List<String> command = new ArrayList<>(List.of("network", "connect"));
        network.getValue().forEach(alias -> command.addAll(List.of("--alias", alias)));
        command.addAll(List.of(network.getKey(), container));
        engine.docker(command.toArray(String[]::new));
      }
    }
  },

  /** All of its processes stand still; its connections stay open. */
  PAUSE {
    @Override
    void on(Engine engine, String container, String service) throws Exception {
      engine.docker("pause", container);
      last();
      engine.docker("unpause", container);
    }
  },

  /** The kernel ends it as there is no memory left, and the engine starts it again by itself. */
  OUT_OF_MEMORY {
    @Override
    void on(Engine engine, String container, String service) throws Exception {
      String begun = begun(engine, container);
      // Whoever takes the memory is to stay: the program itself is what there is too little for.
      Engine.Run taken =
          engine.tryDocker(
              "exec",
              container,
              "sh",
              "-c",
              "echo 1000 >/proc/1/oom_score_adj && exec tail /dev/zero");
      assertThat(taken.exitCode()).as(taken.said()).isEqualTo(KILLED);
      await("the engine starts it again")
          .atMost(Duration.ofMinutes(2))
          .until(() -> !begun(engine, container).equals(begun));
    }
  },

  /** There is no room where it keeps its data, and then there is again. */
  FULL_VOLUME {
    @Override
    void on(Engine engine, String container, String service) throws Exception {
      String fill = "/volumes/" + service + "/fill";
      Engine.Run filled = engine.tryDocker("exec", KEEPER, "sh", "-c", "cat /dev/zero >" + fill);
      assertThat(filled.said()).contains("No space left on device");
      last();
      engine.docker("exec", KEEPER, "rm", fill);
      if (service.equals("influxdb")) {
        // 1.x takes no write again before it is started anew, and an operator has to do that.
        engine.docker("restart", container);
      }
    }
  };

  /** A container that has all volumes, so that those in memory stay when all others are gone. */
  static final String KEEPER = "keeper";

  private static final int KILLED = 128 + 9;
  private static final Duration FOR = Duration.ofSeconds(12);

  /**
   * Strikes, and heals.
   *
   * @param service whose container it is, by whose name the keeper has its volume
   */
  abstract void on(Engine engine, String container, String service) throws Exception;

  /** As long as it takes others to notice: devices leave a silent gateway after eight seconds. */
  private static void last() {
    await().pollDelay(FOR).atMost(FOR.multipliedBy(2)).until(() -> true);
  }

  private static String begun(Engine engine, String container)
      throws IOException, InterruptedException {
    return engine.docker("inspect", "-f", "{{.State.StartedAt}}", container);
  }

  /** The names by which others know it, network by network. */
  private static Map<String, List<String>> networks(Engine engine, String container)
      throws IOException, InterruptedException {
    Map<String, List<String>> networks = new LinkedHashMap<>();
    JsonNode all =
        new ObjectMapper()
            .readTree(
                engine.docker("inspect", "-f", "{{json .NetworkSettings.Networks}}", container));
    all.properties()
        .forEach(
            network -> {
              List<String> aliases = new ArrayList<>();
              network.getValue().path("Aliases").forEach(alias -> aliases.add(alias.asText()));
              networks.put(network.getKey(), aliases);
            });
    return networks;
  }
}
