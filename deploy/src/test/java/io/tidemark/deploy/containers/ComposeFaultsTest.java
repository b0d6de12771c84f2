package io.tidemark.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every container of compose is struck in every way, under load, and after each container nothing
 * is missing. Takes half an hour, and says after each strike how it went.
 */
@Tag("containers")
@Timeout(7200)
@ExtendWith(OnEngine.class)
class ComposeFaultsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  /** What runs once, or is not there. */
  private static final List<String> NOT_STRUCK =
      List.of("volumes", "secrets", "influx-users", "access", "grafana");

  /**
   * Volumes in memory, of as many megabytes as are needed; balancers have none to be filled. What
   * is in them counts for the memory of whoever wrote it.
   */
  private static final Map<String, Integer> MEGABYTES =
      new TreeMap<>(
          Map.of(
              "influxdb", 300,
              "postgres", 300,
              "ingest-1", 50,
              "ingest-2", 50,
              "gateway-1", 200,
              "gateway-2", 200,
              "gateway-3", 200,
              "prometheus", 300,
              "simulator", 100));

  @TempDir private Path folder;

  @Test
  void eachContainerMayFailInEachWay(Engine engine) throws Exception {
    Compose compose = Compose.of(engine).file(smallVolumes().toString());
    keepVolumes(engine);
    compose.up();
    List<String> services = new ArrayList<>(compose.containers().keySet());
    services.removeAll(NOT_STRUCK);
    assertThat(services)
        .as("what is added to compose.yaml is struck, too")
        .containsAll(MEGABYTES.keySet())
        .contains("balancer", "coap-balancer");
    compose.awaitWell(services, PATIENCE);
    long produced = 0;
    for (String service : services) {
      for (Strike strike : Strike.values()) {
        if (strike != Strike.FULL_VOLUME || MEGABYTES.containsKey(service)) {
          long begun = System.nanoTime();
          compose.awaitReadings(PATIENCE);
          strike.on(engine, compose.container(service), service);
          compose.awaitWell(List.of(service), PATIENCE);
          compose.awaitReadings(PATIENCE);
          System.out.printf("%-13s %-13s well after %.0f s%n", service, strike, since(begun));
        }
      }
      long begun = System.nanoTime();
      long until = Compose.clean(compose.verify());
      assertThat(until).as("readings meanwhile").isGreaterThan(produced);
      System.out.printf(
          "%-13s clean: %,d readings more (%.0f s)%n", service, until - produced, since(begun));
      produced = until;
      compose.simulate();
    }
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private Path smallVolumes() throws IOException {
    StringBuilder yaml = new StringBuilder("volumes:\n");
    MEGABYTES.forEach(
        (volume, megabytes) ->
            yaml.append(
                "  %s: {driver: local, driver_opts: {type: tmpfs, device: tmpfs, o: size=%dm}}\n"
                    .formatted(volume, megabytes)));
    yaml.append("services:\n");
    for (int gateway = 1; gateway <= 3; gateway++) {
      yaml.append(
          "  gateway-%d: {environment: {TIDEMARK_LOG_FREE_SPACE_MIN_BYTES: 33554432}}\n"
              .formatted(gateway));
    }
    return Files.writeString(folder.resolve("small.yaml"), yaml);
  }

  /** What is in memory is gone when nobody has it any more. */
  private static void keepVolumes(Engine engine) throws IOException, InterruptedException {
    List<String> keeper = new ArrayList<>(List.of("run", "-d", "--name", Strike.KEEPER));
    for (Map.Entry<String, Integer> volume : MEGABYTES.entrySet()) {
      String name = "tidemark_" + volume.getKey();
      engine.docker(
          "volume",
          "create",
          "--opt=type=tmpfs",
          "--opt=device=tmpfs",
          "--opt=o=size=%dm".formatted(volume.getValue()),
          name);
      keeper.addAll(List.of("-v", name + ":/volumes/" + volume.getKey()));
    }
    keeper.addAll(List.of(Engine.BASE, "sleep", "infinity"));
    engine.docker(keeper.toArray(String[]::new));
  }
}
