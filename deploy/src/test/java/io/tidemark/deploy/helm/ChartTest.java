package io.tidemark.deploy.helm;

import static io.tidemark.deploy.helm.Objects.each;
import static io.tidemark.deploy.helm.Objects.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.LintResult;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.prometheus.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What holds of the chart's objects, with one, three and five gateways, little and everything. */
@Timeout(60)
class ChartTest {
  private static Map<String, ObjectNode> sets() {
    Map<String, ObjectNode> sets = new TreeMap<>();
    sets.put("minimal", Chart.minimal());
    sets.put("everything", Chart.everything());
    for (int gateways : List.of(1, 3, 5)) {
      sets.put(gateways + " gateways", Chart.gateways(gateways));
    }
    ObjectNode shared = Chart.set(Chart.everything(), "ingest.identity.existingSecret", "''");
    sets.put("shared authority", Chart.set(shared, "ingest.identity.existingClaim", "given-claim"));
    sets.put(
        "one ingest",
        Chart.set(
            Chart.set(Chart.minimal(), "ingest.autoscaling.enabled", "false"),
            "ingest.replicas",
            "1"));
    return sets;
  }

  @FunctionalInterface
  private interface Check {
    void of(Objects objects) throws Exception;
  }

  private static void forEach(Check check) throws Exception {
    for (Map.Entry<String, ObjectNode> set : sets().entrySet()) {
      try {
        check.of(Chart.render(set.getValue()));
      } catch (AssertionError e) {
        throw new AssertionError("with " + set.getKey() + ": " + e.getMessage(), e);
      }
    }
  }

  @Test
  void kubernetesKnowsWhatIsRendered() throws Exception {
    forEach(
        objects -> {
          for (JsonNode object : objects.all()) {
            if (Kubernetes.knows(object)) {
              Kubernetes.check(object);
            }
          }
          assertThat(objects.all().stream().map(one -> one.path("kind") + Objects.name(one)))
              .as("each once")
              .doesNotHaveDuplicates()
              .hasSizeGreaterThan(10);
        });
  }

  @Test
  void whatKubernetesDoesNotKnowWouldBeFound() throws Exception {
    JsonNode good = Chart.render(Chart.minimal()).the("StatefulSet", "gateway");
    Kubernetes.check(good);
    String container = "/spec/template/spec/containers/0";
    List<ObjectNode> wrong = new ArrayList<>();
    for (String text :
        List.of("{\"readOnlyRootFileSystem\": true}", "{\"image\": 7}", "{\"name\": null}")) {
      ObjectNode one = good.deepCopy();
      ((ObjectNode) one.at(container)).setAll((ObjectNode) Chart.yaml(text));
      wrong.add(one);
    }
    ObjectNode text = good.deepCopy();
    ((ObjectNode) text.path("spec")).put("replicas", "3");
    wrong.add(text);
    for (ObjectNode one : wrong) {
      assertThatThrownBy(() -> Kubernetes.check(one)).isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void helmHasNothingToSay() {
    LintResult result = Chart.lint();
    assertThat(result.isFailed()).as(result.getMessages().toString()).isFalse();
    assertThat(result.getMessages()).allSatisfy(said -> assertThat(said).startsWith("[INFO]"));
  }

  @Test
  void containersMayDoNoMoreThanTheyNeed() throws Exception {
    forEach(
        objects -> {
          for (JsonNode workload : objects.workloads()) {
            JsonNode pod = pod(workload);
            assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
            assertThat(objects.of("ServiceAccount"))
                .filteredOn(
                    one -> Objects.name(one).equals(pod.path("serviceAccountName").asText()))
                .singleElement()
                .satisfies(
                    one ->
                        assertThat(one.path("automountServiceAccountToken").asBoolean(true))
                            .isFalse());
            assertThat(pod.path("securityContext"))
                .isEqualTo(
                    Chart.yaml(
                        "{runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001,"
                            + " fsGroupChangePolicy: OnRootMismatch, seccompProfile: {type:"
                            + " RuntimeDefault}}"));
            for (JsonNode container : Objects.containers(pod)) {
              assertThat(container.path("securityContext"))
                  .isEqualTo(
                      Chart.yaml(
                          "{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true,"
                              + " runAsNonRoot: true, capabilities: {drop: [ALL]},"
                              + " seccompProfile: {type: RuntimeDefault}}"));
              assertThat(container.at("/resources/limits/memory").isTextual()).isTrue();
              assertThat(container.at("/resources/requests/cpu").isTextual()).isTrue();
            }
          }
        });
  }

  @Test
  void probesAskOverHttpsWhatTheyShould() throws Exception {
    forEach(
        objects -> {
          for (JsonNode workload : objects.workloads()) {
            JsonNode container = pod(workload).at("/containers/0");
            for (String probe : List.of("startup", "liveness", "readiness")) {
              JsonNode asked = container.at("/" + probe + "Probe/httpGet");
              assertThat(asked.path("scheme").asText()).isEqualTo("HTTPS");
              assertThat(asked.path("port").asText()).isEqualTo("https");
            }
            assertThat(container.at("/livenessProbe/httpGet/path").asText())
                .isEqualTo("/q/health/live");
            assertThat(container.at("/readinessProbe/httpGet/path").asText())
                .isEqualTo("/q/health/ready");
          }
        });
  }

  @Test
  void whatIsNamedIsThereOrGiven() throws Exception {
    forEach(
        objects -> {
          for (JsonNode workload : objects.workloads()) {
            JsonNode labels = workload.at("/spec/template/metadata/labels");
            assertThat(Objects.selects(workload.at("/spec/selector/matchLabels"), labels)).isTrue();
            assertThat(objects.selected(workload.at("/spec/selector/matchLabels")))
                .containsExactly(Objects.name(workload));
            assertVolumes(workload);
          }
          for (JsonNode service : objects.of("Service")) {
            List<String> behind = objects.selected(service.at("/spec/selector"));
            assertThat(behind).as(Objects.name(service)).hasSize(1);
            Map<String, String> ports = ports(objects, behind.get(0));
            assertThat(each(service.at("/spec/ports")))
                .allSatisfy(
                    port ->
                        assertThat(ports)
                            .containsEntry(
                                port.path("targetPort").asText(), port.path("protocol").asText()));
          }
          for (JsonNode budget : objects.of("PodDisruptionBudget")) {
            assertThat(objects.selected(budget.at("/spec/selector/matchLabels"))).hasSize(1);
          }
          for (JsonNode scaler : objects.of("HorizontalPodAutoscaler")) {
            assertThat(objects.workloads())
                .extracting(Objects::name)
                .contains(scaler.at("/spec/scaleTargetRef/name").asText());
            assertThat(objects.the("Deployment", "ingest").at("/spec/replicas").isMissingNode())
                .as("left to the scaler")
                .isTrue();
          }
          JsonNode peers = objects.the("Service", "gateway-peers");
          assertThat(objects.the("StatefulSet", "gateway").at("/spec/serviceName").asText())
              .isEqualTo(Objects.name(peers));
          assertThat(peers.at("/spec/clusterIP").asText()).isEqualTo("None");
          assertThat(peers.at("/spec/publishNotReadyAddresses").asBoolean()).isTrue();
        });
  }

  /** Each volume is mounted, each mount is of a volume, and each Secret and claim was given. */
  private static void assertVolumes(JsonNode workload) {
    JsonNode pod = pod(workload);
    Set<String> volumes = names(pod.path("volumes"));
    each(workload.at("/spec/volumeClaimTemplates"))
        .forEach(claim -> volumes.add(Objects.name(claim)));
    Set<String> mounted = new HashSet<>();
    for (JsonNode container : Objects.containers(pod)) {
      mounted.addAll(names(container.path("volumeMounts")));
    }
    assertThat(mounted).as(Objects.name(workload)).isEqualTo(volumes);
    assertThat(pod.findValuesAsText("secretName"))
        .as("Secrets")
        .allSatisfy(secret -> assertThat(secret).startsWith("given-"));
    assertThat(pod.findValuesAsText("claimName"))
        .allSatisfy(claim -> assertThat(claim).isEqualTo("given-claim"));
    assertThat(pod.findValues("configMap")).isEmpty();
  }

  private static Set<String> names(JsonNode list) {
    return each(list)
        .map(one -> one.path("name").asText())
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static Map<String, String> ports(Objects objects, String workload) {
    Map<String, String> ports = new TreeMap<>();
    objects.workloads().stream()
        .filter(one -> Objects.name(one).equals(workload))
        .flatMap(one -> each(pod(one).at("/containers/0/ports")))
        .forEach(port -> ports.put(port.path("name").asText(), port.path("protocol").asText()));
    return ports;
  }

  @Test
  void aMajorityOfTheGatewaysIsNeverTakenAway() throws Exception {
    for (int gateways : List.of(1, 3, 5)) {
      Objects objects = Chart.render(Chart.gateways(gateways));
      JsonNode set = objects.the("StatefulSet", "gateway");
      assertThat(set.at("/spec/replicas").asInt()).isEqualTo(gateways);
      assertThat(set.at("/spec/updateStrategy/type").asText()).isEqualTo("RollingUpdate");
      assertThat(set.at("/spec/updateStrategy/rollingUpdate").isMissingNode())
          .as("one at a time")
          .isTrue();
      assertThat(set.at("/spec/podManagementPolicy").asText()).isEqualTo("Parallel");
      List<JsonNode> budgets =
          objects.of("PodDisruptionBudget").stream()
              .filter(one -> Objects.name(one).endsWith("-gateway"))
              .toList();
      if (gateways == 1) {
        assertThat(budgets).as("no node could be emptied").isEmpty();
      } else {
        int away = budgets.get(0).at("/spec/maxUnavailable").asInt();
        assertThat(gateways - away).as("left").isEqualTo(gateways / 2 + 1);
      }
      String peers = env(set, "TIDEMARK_CLUSTER_PEERS");
      assertThat(peers.split(",")).hasSize(gateways);
      assertThat(peers)
          .startsWith("tm-gateway-0=tm-gateway-0.tm-gateway-peers.iot.svc.cluster.local:9001");
      assertThat(
              pod(set)
                  .at(
                      "/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/topologyKey")
                  .asText())
          .isEqualTo("kubernetes.io/hostname");
      assertThat(pod(set).path("terminationGracePeriodSeconds").asInt())
          .as("five seconds before SIGTERM, and what stopping takes")
          .isGreaterThan(30);
    }
  }

  private static String env(JsonNode workload, String name) {
    return each(pod(workload).at("/containers/0/env"))
        .filter(one -> one.path("name").asText().equals(name))
        .map(one -> one.path("value").asText())
        .collect(Collectors.joining());
  }

  /** A variable that no program knows would be passed over by all of them. */
  @Test
  void whatProgramsAreToldTheyKnow() throws Exception {
    Objects objects = Chart.render(Chart.everything());
    Map<String, String> settings =
        Map.of(
            "gateway", "gateway/src/main/java/io/tidemark/gateway/GatewaySettings.java",
            "ingest", "cloud-ingest/src/main/java/io/tidemark/ingest/IngestConfig.java");
    for (JsonNode workload : objects.workloads()) {
      JsonNode container = pod(workload).at("/containers/0");
      Path source =
          Installation.find().home().resolve(settings.get(container.path("name").asText()));
      Set<String> words =
          Pattern.compile("(\\w+)\\(\\);")
              .matcher(Files.readString(source))
              .results()
              .map(found -> found.group(1).replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT))
              .collect(Collectors.toSet());
      assertThat(each(container.path("env")).map(one -> one.path("name").asText()))
          .hasSizeGreaterThan(8)
          .allSatisfy(
              name ->
                  assertThat(isMadeOf(name.replaceFirst("^TIDEMARK_", ""), words))
                      .as(name)
                      .isTrue());
    }
  }

  private static boolean isMadeOf(String name, Set<String> words) {
    return words.contains(name)
        || words.stream()
            .filter(word -> name.startsWith(word + "_"))
            .anyMatch(word -> isMadeOf(name.substring(word.length() + 1), words));
  }

  @Test
  void namesStayShortEnough() throws Exception {
    Objects objects =
        Chart.render(
            Chart.set(Chart.everything(), "fullnameOverride", "a23456789012345678901234567890"));
    assertThat(objects.all()).allSatisfy(one -> assertThat(Objects.name(one)).hasSizeLessThan(52));
  }

  @Test
  void prometheusGetsTheRulesAsTheyAreTested() throws Exception {
    Objects objects = Chart.render(Chart.everything());
    assertThat(each(objects.of("PrometheusRule").get(0).at("/spec/groups")).toList())
        .flatExtracting(group -> each(group.path("rules")).toList())
        .isEqualTo(Rules.read().all());
    for (JsonNode monitor : objects.of("ServiceMonitor")) {
      assertThat(
              objects.of("Service").stream()
                  .filter(
                      service ->
                          Objects.selects(
                              monitor.at("/spec/selector/matchLabels"),
                              service.at("/metadata/labels")))
                  .filter(
                      service ->
                          each(service.at("/spec/ports"))
                              .anyMatch(port -> port.path("name").asText().equals("https"))))
          .as("%s finds one Service", Objects.name(monitor))
          .hasSize(1);
      String jobs = monitor.at("/spec/endpoints/0/relabelings").toString();
      assertThat(jobs)
          .contains("\"tidemark-" + (jobs.contains("gateways") ? "gateways" : "ingest"));
    }
    assertThat(objects.of("ServiceMonitor")).hasSize(2);
  }

  @Test
  void itsVersionIsTheProjects() throws IOException {
    assertThat(
            Files.readString(Chart.HOME.resolve("../../pom.xml"))
                .lines()
                .filter(line -> line.contains("<version>"))
                .findFirst()
                .orElseThrow())
        .contains("<version>" + Chart.file("Chart.yaml").path("appVersion").asText() + "<");
  }
}
