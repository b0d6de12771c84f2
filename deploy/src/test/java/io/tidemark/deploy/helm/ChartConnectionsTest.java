package io.tidemark.deploy.helm;

import static io.tidemark.deploy.helm.Objects.each;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may speak to whom: each connection that there is, and no other. */
@Timeout(60)
class ChartConnectionsTest {
  private static final String ANYBODY = "anybody";

  /** Every connection that the policies allow, as {@code who -> whom port}, seen from each end. */
  private static Set<String> allowed(Objects objects, String direction) {
    Set<String> all = new HashSet<>();
    for (JsonNode policy : objects.of("NetworkPolicy")) {
      for (String pod : objects.selected(policy.at("/spec/podSelector/matchLabels"))) {
        for (JsonNode rule : policy.at("/spec/" + direction)) {
          boolean isIn = direction.equals("ingress");
          for (String other : others(objects, rule.path(isIn ? "from" : "to"))) {
            for (JsonNode port : rule.path("ports")) {
              String at = port(objects, isIn ? pod : other, port.path("port"));
              String connection = isIn ? other + " -> " + pod : pod + " -> " + other;
              all.add(connection + " " + port.path("protocol").asText() + " " + at);
            }
          }
        }
      }
    }
    return all;
  }

  private static List<String> others(Objects objects, JsonNode peers) {
    if (peers.isEmpty()) {
      return List.of(ANYBODY);
    }
    List<String> others = new ArrayList<>();
    for (JsonNode peer : peers) {
      JsonNode labels = peer.at("/podSelector/matchLabels");
      if (peer.has("podSelector") && !peer.has("namespaceSelector")) {
        others.addAll(objects.selected(labels));
      } else if (peer.at("/namespaceSelector/matchLabels/a").isTextual()) {
        others.add(peer.at("/namespaceSelector/matchLabels/a").asText());
      } else if (peer.has("ipBlock")) {
        others.add(peer.at("/ipBlock/cidr").asText());
      } else {
        others.add("any namespace");
      }
    }
    return others;
  }

  private static String port(Objects objects, String workload, JsonNode port) {
    if (port.isInt()) {
      return port.asText();
    }
    return objects.workloads().stream()
        .filter(one -> Objects.name(one).equals(workload))
        .flatMap(one -> each(Objects.pod(one).at("/containers/0/ports")))
        .filter(one -> one.path("name").equals(port))
        .map(one -> one.path("containerPort").asText())
        .findFirst()
        .orElseThrow(() -> new AssertionError(workload + " has no port " + port));
  }

  @Test
  void everythingThatIsNotSaidIsRefused() throws Exception {
    Objects objects = Chart.render(Chart.minimal());
    JsonNode nothing = objects.the("NetworkPolicy", "nothing").path("spec");
    assertThat(objects.selected(nothing.at("/podSelector/matchLabels")))
        .containsExactlyInAnyOrder("tm-gateway", "tm-ingest");
    assertThat(nothing.path("policyTypes")).isEqualTo(Chart.yaml("[Ingress, Egress]"));
    assertThat(nothing.has("ingress") || nothing.has("egress")).isFalse();
    assertThat(
            Chart.render(Chart.set(Chart.minimal(), "networkPolicy.enabled", "false"))
                .of("NetworkPolicy"))
        .isEmpty();
  }

  @Test
  void withoutMoreDevicesReachGatewaysAndNobodyIngest() throws Exception {
    Objects objects = Chart.render(Chart.minimal());
    assertThat(allowed(objects, "ingress"))
        .containsExactlyInAnyOrder(
            "anybody -> tm-gateway TCP 8883",
            "anybody -> tm-gateway UDP 5684",
            "anybody -> tm-gateway TCP 8444",
            "tm-gateway -> tm-gateway TCP 9001",
            "tm-gateway -> tm-ingest TCP 8443");
    assertThat(allowed(objects, "egress"))
        .containsExactlyInAnyOrder(
            "tm-gateway -> tm-gateway TCP 9001",
            "tm-gateway -> tm-ingest TCP 8443",
            "tm-gateway -> any namespace UDP 53",
            "tm-gateway -> any namespace TCP 53",
            "tm-ingest -> any namespace UDP 53",
            "tm-ingest -> any namespace TCP 53",
            "tm-ingest -> anybody TCP 8086",
            "tm-ingest -> anybody TCP 5432");
  }

  @Test
  void whoIsNamedIsLetThroughAndNobodyElse() throws Exception {
    ObjectNode values = Chart.everything();
    Chart.set(values, "influxdb.url", "https://influx.example/");
    Chart.set(values, "postgresql.url", "jdbc:postgresql://a.example:6432/tidemark?ssl=true");
    Objects objects = Chart.render(values);
    assertThat(allowed(objects, "ingress"))
        .containsExactlyInAnyOrder(
            "192.0.2.0/24 -> tm-gateway TCP 8883",
            "192.0.2.0/24 -> tm-gateway UDP 5684",
            "192.0.2.0/24 -> tm-gateway TCP 8444",
            "monitoring -> tm-gateway TCP 8444",
            "tm-gateway -> tm-gateway TCP 9001",
            "tm-gateway -> tm-ingest TCP 8443",
            "people -> tm-ingest TCP 8443",
            "monitoring -> tm-ingest TCP 8443");
    assertThat(allowed(objects, "egress"))
        .containsExactlyInAnyOrder(
            "tm-gateway -> tm-gateway TCP 9001",
            "tm-gateway -> tm-ingest TCP 8443",
            "tm-gateway -> dns UDP 53",
            "tm-gateway -> dns TCP 53",
            "tm-ingest -> dns UDP 53",
            "tm-ingest -> dns TCP 53",
            "tm-ingest -> influxdb TCP 443",
            "tm-ingest -> 198.51.100.7/32 TCP 6432",
            "tm-ingest -> 198.51.100.9/32 TCP 587");
  }
}
