package io.tidemark.deploy.helm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What a chart has been rendered to. */
record Objects(List<JsonNode> all) {
  /** Those that the texts are of; a text may have nothing but what it says about itself. */
  static Objects of(List<String> documents) {
    return new Objects(documents.stream().map(Chart::yaml).filter(one -> one.isObject()).toList());
  }

  List<JsonNode> of(String kind) {
    return all.stream().filter(one -> one.path("kind").asText().equals(kind)).toList();
  }

  JsonNode the(String kind, String name) {
    return of(kind).stream()
        .filter(one -> name(one).equals(Chart.RELEASE + "-" + name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
  }

  static String name(JsonNode object) {
    return object.at("/metadata/name").asText();
  }

  /** Deployments and stateful sets. */
  List<JsonNode> workloads() {
    return Stream.concat(of("StatefulSet").stream(), of("Deployment").stream()).toList();
  }

  static JsonNode pod(JsonNode workload) {
    return workload.at("/spec/template/spec");
  }

  /** Of a pod; those that run before the others first. */
  static List<JsonNode> containers(JsonNode pod) {
    List<JsonNode> containers = new ArrayList<>();
    pod.path("initContainers").forEach(containers::add);
    pod.path("containers").forEach(containers::add);
    return containers;
  }

  static Stream<JsonNode> each(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  /** Whether labels have all that a selector wants. */
  static boolean selects(JsonNode wanted, JsonNode labels) {
    return wanted.properties().stream()
        .map(Map.Entry::getKey)
        .allMatch(key -> wanted.get(key).equals(labels.get(key)));
  }

  /** The names of the workloads whose pods have these labels. */
  List<String> selected(JsonNode wanted) {
    return workloads().stream()
        .filter(one -> selects(wanted, one.at("/spec/template/metadata/labels")))
        .map(Objects::name)
        .toList();
  }
}
