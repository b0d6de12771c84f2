package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/** How containers are, and have ended. */
final class Containers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Containers() {}

  static String exit(Engine engine, String container) throws Exception {
    return engine.docker(
        "inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", container);
  }

  static void awaitHealth(Engine engine, String container, String health) {
    awaitHealth(engine, container, health, Duration.ofMinutes(4));
  }

  static void awaitHealth(Engine engine, String container, String health, Duration atMost) {
    Awaitility.await(container + " is " + health)
        .atMost(atMost)
        .until(
            () -> {
              Map<?, ?> state =
                  JSON.readValue(
                      engine.docker("inspect", "--format", "{{json .State}}", container),
                      Map.class);
              assertThat(state.get("Status").toString())
                  .as(() -> logs(engine, container))
                  .isEqualTo("running");
              return ((Map<?, ?>) state.get("Health")).get("Status").equals(health);
            });
  }

  private static String logs(Engine engine, String container) {
    try {
      return engine.tryDocker("logs", "--tail=30", container).said();
    } catch (Exception e) {
      return "(no logs: " + e.getMessage() + ")";
    }
  }
}
