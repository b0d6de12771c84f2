package io.tidemark.deploy.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each value of the chart does something, is checked, and is explained. */
@Timeout(60)
class ChartValuesTest {
  /** Where another value is put, and what has to be set for it to matter. */
  private static final Map<String, List<String>> FIRST =
      Map.of(
          "ingest.replicas", List.of("ingest.autoscaling.enabled=false"),
          "ingest.identity.existingClaim",
              List.of(
                  "ingest.identity.existingSecret=''",
                  "ingest.identity.existingClaim=given-before"));

  /** Another value for each, in the order of values.yaml. */
  private static final String OTHERS =
      """
      fullnameOverride=other
      clusterDomain=cluster.example
      logFormat=json
      image.registry=registry.example/
      image.tag=9.9.9
      image.pullPolicy=Always
      image.pullSecrets=[given-other]
      gateway.image.repository=other/gateway
      gateway.image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      gateway.replicas=5
      gateway.existingSecret=given-other
      gateway.hosts=[other.example]
      gateway.mqtt.advertisedAddress=other.example:8883
      gateway.mqtt.service.type=NodePort
      gateway.mqtt.service.port=18883
      gateway.mqtt.service.enrolmentPort=0
      gateway.mqtt.service.annotations={a: c}
      gateway.mqtt.service.externalTrafficPolicy=Cluster
      gateway.mqtt.service.loadBalancerSourceRanges=[203.0.113.0/24]
      gateway.coap.advertisedAddress=other.example:5684
      gateway.coap.service.type=NodePort
      gateway.coap.service.port=15684
      gateway.coap.service.annotations={a: c}
      gateway.coap.service.externalTrafficPolicy=Cluster
      gateway.coap.service.loadBalancerSourceRanges=[203.0.113.0/24]
      gateway.coap.service.affinitySeconds=60
      gateway.persistence.size=7Gi
      gateway.persistence.storageClass=other
      gateway.logMaxBytes=9000000000
      gateway.resources.requests.cpu=700m
      gateway.resources.requests.memory=700Mi
      gateway.resources.limits.memory=3Gi
      gateway.antiAffinity=preferred
      gateway.topologyKey=topology.kubernetes.io/zone
      gateway.terminationGracePeriodSeconds=77
      gateway.minReadySeconds=77
      gateway.startupSeconds=7700
      gateway.podAnnotations={a: c}
      gateway.nodeSelector={disk: slow}
      gateway.tolerations=[{key: other, operator: Exists}]
      gateway.priorityClassName=other
      gateway.settings={tidemark.log.max-entries: "77"}
      ingest.image.repository=other/ingest
      ingest.image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      ingest.replicas=7
      ingest.autoscaling.enabled=false
      ingest.autoscaling.minReplicas=3
      ingest.autoscaling.maxReplicas=7
      ingest.autoscaling.targetCpu=77
      ingest.setupSecret=given-other
      ingest.identity.existingSecret=given-other
      ingest.identity.existingClaim=given-claim
      ingest.hosts=[other.example]
      ingest.service.type=LoadBalancer
      ingest.service.port=443
      ingest.service.annotations={a: c}
      ingest.resources.requests.cpu=700m
      ingest.resources.requests.memory=700Mi
      ingest.resources.limits.memory=3Gi
      ingest.scratchSize=7Gi
      ingest.topologyKey=topology.kubernetes.io/zone
      ingest.terminationGracePeriodSeconds=77
      ingest.startupSeconds=7700
      ingest.podAnnotations={a: c}
      ingest.nodeSelector={disk: slow}
      ingest.tolerations=[{key: other, operator: Exists}]
      ingest.priorityClassName=other
      ingest.settings={tidemark.storage.max-kinds: "77"}
      influxdb.url=http://other.example:8086
      influxdb.database=other
      influxdb.org=other
      influxdb.existingSecret=given-other
      postgresql.url=jdbc:postgresql://other.example/tidemark
      postgresql.user=other
      postgresql.existingSecret=given-other
      networkPolicy.enabled=false
      networkPolicy.devices=[{ipBlock: {cidr: 203.0.113.0/24}}]
      networkPolicy.people=[{ipBlock: {cidr: 203.0.113.0/24}}]
      networkPolicy.monitoring=[{ipBlock: {cidr: 203.0.113.0/24}}]
      networkPolicy.dns=[{ipBlock: {cidr: 203.0.113.0/24}}]
      networkPolicy.influxdb=[{ipBlock: {cidr: 203.0.113.0/24}}]
      networkPolicy.postgresql=[{ipBlock: {cidr: 203.0.113.0/24}}]
      networkPolicy.ingestEgress=[]
      monitoring.existingSecret=given-other
      monitoring.serviceMonitor.enabled=false
      monitoring.serviceMonitor.interval=30s
      monitoring.serviceMonitor.labels={release: other}
      monitoring.prometheusRule.enabled=false
      monitoring.prometheusRule.labels={release: other}
      """;

  private static List<String> leaves(JsonNode values, String at) {
    List<String> leaves = new ArrayList<>();
    values
        .properties()
        .forEach(
            one -> {
              String path = at.isEmpty() ? one.getKey() : at + "." + one.getKey();
              if (one.getValue().isObject() && !one.getValue().isEmpty()) {
                leaves.addAll(leaves(one.getValue(), path));
              } else {
                leaves.add(path);
              }
            });
    return leaves;
  }

  private static void put(ObjectNode values, String pathAndValue) {
    String[] parts = pathAndValue.split("=", 2);
    Chart.set(values, parts[0], parts[1]);
  }

  @Test
  void eachValueChangesWhatIsRendered() throws Exception {
    List<String> cases = OTHERS.lines().toList();
    assertThat(cases.stream().map(one -> one.split("=", 2)[0]))
        .as("a case for each value")
        .containsExactlyElementsOf(leaves(Chart.file("values.yaml"), ""));
    List<String> usual = Chart.documents(Chart.everything());
    for (String one : cases) {
      List<String> first = FIRST.getOrDefault(one.split("=", 2)[0], List.of());
      ObjectNode values = Chart.everything();
      first.forEach(before -> put(values, before));
      List<String> before = first.isEmpty() ? usual : Chart.documents(values);
      put(values, one);
      List<String> changed = new ArrayList<>(Chart.documents(values));
      assertThat(changed).as(one).isNotEqualTo(before);
      changed.removeAll(before);
      for (JsonNode object : Objects.of(changed).all()) {
        if (Kubernetes.knows(object)) {
          Kubernetes.check(object);
        }
      }
    }
  }

  @Test
  void eachValueIsInTheSchemaAndExplained() throws IOException {
    JsonNode schema = Chart.file("values.schema.json");
    List<String> lines = Files.readAllLines(Chart.HOME.resolve("values.yaml"));
    for (String path : leaves(Chart.file("values.yaml"), "")) {
      JsonNode at = schema;
      for (String name : path.split("\\.")) {
        assertThat(at.path("additionalProperties").isBoolean()).as(path).isTrue();
        at = at.path("properties").path(name);
        assertThat(at.isObject()).as(path).isTrue();
      }
    }
    for (int i = 1; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.contains(": ") && !line.startsWith("#")) {
        assertThat(lines.get(i - 1).strip()).as("above %s", line).startsWith("# ");
      }
    }
  }

  private static void refused(String pathAndValue, String... words) {
    ObjectNode values = Chart.minimal();
    put(values, pathAndValue);
    assertThatThrownBy(() -> Chart.text(values)).as(pathAndValue).hasMessageContainingAll(words);
  }

  @Test
  void whatIsWrongIsNamed() {
    refused("gateway.replica=3", "replica");
    refused("logFormat=xml", "logFormat", "text", "json");
    refused("gatewy.replicas=3", "gatewy");
    refused("gateway.replicas=2", "replicas", "1", "3", "5");
    refused("gateway.replicas=\"3\"", "replicas");
    refused("gateway.logMaxBytes=10Gi", "logMaxBytes", "integer");
    refused("gateway.resources.limits={memory: null}", "memory");
    refused("gateway.settings={tidemark.log.max-entries: 5}", "settings", "string");
    refused("gateway.settings={log: '5'}", "log");
    refused("gateway.mqtt.service.type=ExternalName", "type", "LoadBalancer");
    refused("ingest.service.port=70000", "port", "65,535");
    refused("networkPolicy.people=[{cidr: 192.0.2.0/24}]", "people", "cidr");
    refused("networkPolicy.enabled=\"false\"", "enabled", "boolean");
    refused("gateway.existingSecret=''", "gateway.existingSecret is required", "enrolment token");
    refused("influxdb.url=''", "influxdb.url is required", "http://");
    refused("influxdb.url=influxdb:8086", "url", "http");
    refused("postgresql.url=''", "postgresql.url is required", "jdbc:postgresql://");
    refused(
        "postgresql.existingSecret=''", "postgresql.existingSecret is required", "sql-password");
    refused("ingest.identity.existingSecret=''", "existingSecret or existingClaim");
    refused("ingest.identity.existingClaim=given-claim", "existingSecret or existingClaim");
    refused("monitoring.serviceMonitor.enabled=true", "monitoring.existingSecret is required");
  }

  /** What runs before the programs, run here on folders that stand for the volumes. */
  @Test
  void secretsBecomeFilesOfTheirReaderAlone(@TempDir Path root) throws Exception {
    Objects objects = Chart.render(Chart.everything());
    Path given = root.resolve("given");
    write(
        given,
        "viewer-token",
        "operator-token",
        "tm-gateway-1.enrolment-token",
        "tm-gateway-2.enrolment-token");
    Path secrets = Files.createDirectories(root.resolve("run/secrets"));
    assertThat(run(root, objects.the("StatefulSet", "gateway"))).isZero();
    assertThat(files(secrets)).containsExactly("enrolment-token", "operator-token", "viewer-token");
    assertThat(secrets.resolve("enrolment-token")).hasContent("tm-gateway-1.enrolment-token");

    Files.delete(given.resolve("tm-gateway-1.enrolment-token"));
    Files.delete(secrets.resolve("enrolment-token"));
    assertThat(run(root, objects.the("StatefulSet", "gateway")))
        .as("it has its certificate")
        .isZero();

    write(given.resolve("postgresql"), "sql-password");
    write(given.resolve("influxdb"), "influx-token");
    write(given.resolve("setup"), "setup-token");
    write(root.resolve("authority"), "root.pem", "intermediate.pem", "intermediate.key");
    Path identity = Files.createDirectories(root.resolve("identity"));
    assertThat(run(root, objects.the("Deployment", "ingest"))).isZero();
    assertThat(files(identity)).containsExactly("intermediate.key", "intermediate.pem", "root.pem");
    assertThat(files(secrets)).contains("influx-token", "setup-token", "sql-password");
    write(root.resolve("authority"), "root.key");
    assertThat(run(root, objects.the("Deployment", "ingest")))
        .as("each would be its own")
        .isEqualTo(1);
  }

  private static void write(Path folder, String... names) throws IOException {
    Files.createDirectories(folder);
    for (String name : names) {
      Files.writeString(folder.resolve(name), name);
    }
  }

  /** The names of a folder's files, each of which may be read by its owner alone. */
  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.sorted().toList();
      for (Path file : all) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as("%s", file)
            .endsWith("------");
      }
      return all.stream().map(file -> String.valueOf(file.getFileName())).toList();
    }
  }

  private static int run(Path root, JsonNode workload) throws Exception {
    JsonNode container = Objects.pod(workload).at("/initContainers/0");
    String script = container.at("/args/0").asText();
    for (String folder : List.of("/given", "/run/secrets", "/authority", "/identity")) {
      script = script.replaceAll("(?<=[ \"])" + folder + "(?=/)", root + folder);
    }
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-euc", script);
    builder.environment().put("GATEWAY", "tm-gateway-1");
    Process process = builder.redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(out).isTrue();
    return process.exitValue();
  }
}
