package io.tidemark.deploy.helm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The chart, as Helm makes objects of it. */
final class Chart {
  static final Path HOME = Installation.find().home().resolve("deploy/helm/tidemark");
  static final String RELEASE = "tm";
  static final String NAMESPACE = "iot";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Helm HELM = new Helm(HOME);

  private Chart() {}

  static JsonNode yaml(String text) {
    return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(text));
  }

  static JsonNode file(String name) throws IOException {
    return yaml(Files.readString(HOME.resolve(name)));
  }

  /** What has to be given. */
  static ObjectNode minimal() {
    return (ObjectNode)
        yaml(
            """
            gateway: {existingSecret: given-gateways}
            ingest: {identity: {existingSecret: given-authority}}
            influxdb: {url: "http://influxdb.databases:8086"}
            postgresql: {url: "jdbc:postgresql://postgres.databases/tidemark", existingSecret: given-postgresql}
            """);
  }

  static ObjectNode gateways(int replicas) {
    return set(minimal(), "gateway.replicas", String.valueOf(replicas));
  }

  /** With everything that can be switched on, and all that may be given. */
  static ObjectNode everything() {
    ObjectNode values = minimal();
    for (String one :
        """
        image.pullSecrets=[given-pull]
        gateway.hosts=[gw.example]
        gateway.mqtt.advertisedAddress=gw.example:8883
        gateway.coap.advertisedAddress=gw.example:5684
        gateway.mqtt.service.loadBalancerSourceRanges=[192.0.2.0/24]
        gateway.persistence.storageClass=fast
        gateway.podAnnotations={a: b}
        gateway.nodeSelector={disk: ssd}
        gateway.tolerations=[{key: iot, operator: Exists}]
        gateway.priorityClassName=high
        gateway.settings={tidemark.mqtt.connections-max: "5000"}
        ingest.setupSecret=given-setup
        ingest.hosts=[ingest.example]
        ingest.podAnnotations={a: b}
        ingest.nodeSelector={disk: ssd}
        ingest.tolerations=[{key: iot, operator: Exists}]
        ingest.priorityClassName=high
        ingest.settings={tidemark.intake.late-after: 30s}
        influxdb.org=acme
        influxdb.existingSecret=given-influxdb
        networkPolicy.devices=[{ipBlock: {cidr: 192.0.2.0/24}}]
        networkPolicy.people=[{namespaceSelector: {matchLabels: {a: people}}}]
        networkPolicy.monitoring=[{namespaceSelector: {matchLabels: {a: monitoring}}}]
        networkPolicy.dns=[{namespaceSelector: {matchLabels: {a: dns}}}]
        networkPolicy.influxdb=[{namespaceSelector: {matchLabels: {a: influxdb}}}]
        networkPolicy.postgresql=[{ipBlock: {cidr: 198.51.100.7/32}}]
        networkPolicy.ingestEgress=[{ports: [{port: 587, protocol: TCP}], to: [{ipBlock: {cidr: 198.51.100.9/32}}]}]
        monitoring.existingSecret=given-monitoring
        monitoring.serviceMonitor.enabled=true
        monitoring.serviceMonitor.labels={release: prometheus}
        monitoring.prometheusRule.enabled=true
        monitoring.prometheusRule.labels={release: prometheus}
        """
            .lines()
            .toList()) {
      String[] pathAndValue = one.split("=", 2);
      set(values, pathAndValue[0], pathAndValue[1]);
    }
    return values;
  }

  /** Puts what a YAML text says at a path of names with dots between. */
  static ObjectNode set(ObjectNode values, String path, String text) {
    ObjectNode at = values;
    String[] names = path.split("\\.");
    for (int i = 0; i < names.length - 1; i++) {
      at = at.withObjectProperty(names[i]);
    }
    at.set(names[names.length - 1], yaml(text));
    return values;
  }

  /**
   * Renders it.
   *
   * @throws IllegalStateException with what Helm says, if it refuses
   */
  static String text(JsonNode values) throws IOException {
    Path file = Files.createTempFile("values", ".json");
    try {
      Files.write(file, JSON.writeValueAsBytes(values));
      return HELM.template()
          .withName(RELEASE)
          .withNamespace(NAMESPACE)
          .withKubeVersion("1.27.0")
          .withValuesFile(file)
          .call();
    } finally {
      Files.delete(file);
    }
  }

  /** What is rendered, an object each. */
  static List<String> documents(JsonNode values) throws IOException {
    return List.of(text(values).split("(?m)^---$"));
  }

  static Objects render(JsonNode values) throws IOException {
    return Objects.of(documents(values));
  }

  static LintResult lint() {
    return HELM.lint().strict().call();
  }
}
