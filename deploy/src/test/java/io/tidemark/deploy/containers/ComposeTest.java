package io.tidemark.deploy.containers;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.Browser;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One command, and a dashboard has the simulator's readings; nothing of it has a default secret.
 */
@Tag("containers")
@Tag("core")
@Timeout(1500)
@ExtendWith(OnEngine.class)
class ComposeTest {
  private static final Duration PATIENCE = Duration.ofMinutes(6);
  private static final int RELOAD_MILLIS = 15_000;
  private static final int HTTPS = 8443;
  private static final String ESTABLISHED = "01";
  private static final String DASHBOARDS = "https://127.0.0.1:8443";
  private static final List<String> ONCE = List.of("volumes", "secrets", "influx-users", "access");
  private static final List<String> PUBLISHED = List.of("balancer", "coap-balancer");

  private Compose compose;

  @Test
  void oneCommandLeadsToADashboardWithReadings(Engine engine) throws Exception {
    compose = Compose.of(engine);
    long begun = System.nanoTime();
    compose.up();
    String password = compose.password();
    try (Browser browser = Browser.start()) {
      Page page = browser.blank(Browser.DESKTOP, DASHBOARDS);
      page.setDefaultTimeout(PATIENCE.toMillis()); // all of it is starting at the same time
      page.navigate(DASHBOARDS + "/login");
      page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("admin");
      page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(password);
      page.keyboard().press("Enter");
      await("the simulator's devices on the page")
          .atMost(PATIENCE)
          .until(() -> page.getByText("sim-00020").count() > 0);
      System.out.printf(
          "From up to all devices on the dashboard: %.0f s%n", (System.nanoTime() - begun) / 1e9);
      assertThat(page.getByRole(AriaRole.ALERT)).hasCount(0);
      prometheusAsksEverybody(engine);
      nobodyMayMoreThanTheyMust(engine);
      System.out.println(
          engine.docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"));
      engine.docker("kill", compose.container(whoServes(engine)));
      page.setDefaultTimeout(RELOAD_MILLIS);
      await("the other ingest has the session and the devices")
          .atMost(PATIENCE)
          .pollInSameThread()
          .ignoreExceptions() // until the balancer has seen it, too
          .until(
              () -> {
                page.reload();
                page.getByText("sim-00020").first().waitFor();
                return true;
              });
    }
    compose.up(); // what was done once is not done anew
    // Both have the name by which the simulator asks.
    compose.awaitWell(List.of("ingest-1", "ingest-2"), PATIENCE);
    assertThat(Compose.clean(compose.verify())).isPositive();
  }

  /** Which ingest has the page's connection, by what the balancer is connected to. */
  private String whoServes(Engine engine) throws Exception {
    String addresses = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
    Map<String, String> ingests = new HashMap<>();
    for (String ingest : List.of("ingest-1", "ingest-2")) {
      for (String ip :
          engine.docker("inspect", "-f", addresses, compose.container(ingest)).split(" ")) {
        byte[] bytes = InetAddress.getByName(ip).getAddress();
        // As the kernel lists it: backwards, and with the port.
        ingests.put(
            "%02X%02X%02X%02X:%04X".formatted(bytes[3], bytes[2], bytes[1], bytes[0], HTTPS),
            ingest);
      }
    }
    String balancer = compose.container("balancer");
    // The balancer's own questions come and go.
    return await("one ingest has the page")
        .atMost(PATIENCE)
        .until(
            () ->
                engine
                    .docker("exec", balancer, "cat", "/proc/net/tcp")
                    .lines()
                    .map(line -> line.strip().split(" +"))
                    .filter(connection -> connection[3].equals(ESTABLISHED))
                    .map(connection -> ingests.get(connection[2]))
                    .filter(Objects::nonNull)
                    .distinct()
                    .toList(),
            found -> found.size() == 1)
        .get(0);
  }

  /** By Prometheus, which has to be let in for that. Devices are at whoever was ready first. */
  private void prometheusAsksEverybody(Engine engine) {
    await("Prometheus has asked everybody")
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(query(engine, "count(up{job=\"tidemark-gateways\"} == 1)"))
                  .contains("=> 3 ");
              assertThat(query(engine, "count(up{job=\"tidemark-ingest\"} == 1)"))
                  .contains("=> 2 ");
              assertThat(query(engine, "sum(tidemark_gateway_readings_committed_total)"))
                  .containsPattern("=> [1-9]");
            });
  }

  private String query(Engine engine, String query) throws Exception {
    return engine.docker(
        "exec",
        compose.container("prometheus"),
        "promtool",
        "query",
        "instant",
        "http://127.0.0.1:9090",
        query);
  }

  private void nobodyMayMoreThanTheyMust(Engine engine) throws Exception {
    List<String> published = new ArrayList<>();
    Map<String, String> containers = compose.containers();
    Map<String, JsonNode> all = compose.inspect();
    Compose.assertHardened(all, "volumes", "[\"CHOWN\"]");
    for (Map.Entry<String, JsonNode> each : all.entrySet()) {
      String service = each.getKey();
      JsonNode one = each.getValue();
      assertThat(one.at("/RestartCount").asInt()).as(service).isZero();
      assertThat(one.at("/State/Running").asBoolean())
          .as(service)
          .isEqualTo(!ONCE.contains(service));
      assertThat(one.at("/State/ExitCode").asInt()).as(service).isZero();
      if (one.at("/HostConfig/PortBindings").size() > 0) {
        published.add(service);
      }
      assertThat(one.at("/Config/Env").toString()).doesNotContainPattern("(tms|tmt|tmk)_");
    }
    assertThat(containers.keySet()).containsAll(ONCE).contains("ingest-1", "ingest-2");
    assertThat(published).containsExactlyInAnyOrderElementsOf(PUBLISHED);
    for (String other : List.of("balancer", "gateway-1", "prometheus", "simulator")) {
      Engine.Run asked =
          engine.tryDocker(
              "exec",
              "--env", // what the engine has no name for it asks others, who need not answer
              "RES_OPTIONS=timeout:1 attempts:1",
              containers.get(other),
              "sh",
              "-c",
              "getent hosts influxdb || getent hosts postgres; getent hosts ingest-1 >/dev/null");
      assertThat(asked.exitCode()).as(asked.said()).isZero();
      assertThat(asked.out()).as("databases that %s knows of", other).isBlank();
    }
  }
}
