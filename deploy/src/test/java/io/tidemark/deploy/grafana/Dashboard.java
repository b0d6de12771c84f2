package io.tidemark.deploy.grafana;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A dashboard as its file has it.
 *
 * @param file the file's name
 * @param json all of it
 */
record Dashboard(String file, JsonNode json) {
  /** The folder of all that is for Grafana. */
  static final Path HOME = Installation.find().home().resolve("deploy/grafana");

  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Dashboard> all() throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(HOME.resolve("dashboards"))) {
      files = listed.sorted().toList();
    }
    List<Dashboard> all = new ArrayList<>();
    for (Path file : files) {
      all.add(
          new Dashboard(String.valueOf(file.getFileName()), JSON.readTree(Files.readString(file))));
    }
    return all;
  }

  String uid() {
    return json.path("uid").asText();
  }

  List<JsonNode> panels() {
    return list(json.path("panels"));
  }

  List<JsonNode> variables() {
    return list(json.path("templating").path("list"));
  }

  /** What a panel asks; empty if it asks nothing. */
  static String query(JsonNode panel) {
    return panel.path("targets").path(0).path("query").asText();
  }

  static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }
}
