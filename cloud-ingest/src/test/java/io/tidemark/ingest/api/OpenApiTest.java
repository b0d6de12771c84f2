package io.tidemark.ingest.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The API's description, and the README's list of it: each has all of what there is. */
@QuarkusTest
@QuarkusTestResource(TemporaryData.class)
@Timeout(120)
final class OpenApiTest {
  /** A line of the README's list: a method, a path with its query, and what it is. */
  private static final Pattern LISTED =
      Pattern.compile(
          "^ {4}(GET|POST|PUT|DELETE) +(/[^\\s?]*)(?:\\?(\\S*))?(?: .*)?$", Pattern.MULTILINE);

  /** Where gateways post: not in the list, but named in the README's text. */
  private static final String INTAKE = "/intake/";

  private static final JsonNode NONE = MissingNode.getInstance();

  /** An operation's description by its method and path. */
  private final Map<String, JsonNode> described = new TreeMap<>();

  private String readme = "";

  @BeforeEach
  void read() throws IOException {
    readme = Files.readString(Path.of("README.md"));
    JsonNode api = new ObjectMapper().readTree(given().get("/q/openapi?format=json").asString());
    api.path("paths")
        .properties()
        .forEach(path -> path.getValue().properties().forEach(method -> describe(path, method)));
  }

  private void describe(Map.Entry<String, ?> path, Map.Entry<String, JsonNode> method) {
    described.put(
        method.getKey().toUpperCase(Locale.ROOT) + " " + unnamed(path.getKey()), method.getValue());
  }

  /** The README's list: by method and path, the names of the parameters in the query. */
  private Map<String, Set<String>> listed() {
    Map<String, Set<String>> listed = new LinkedHashMap<>();
    Matcher line = LISTED.matcher(readme);
    while (line.find()) {
      Set<String> query = new LinkedHashSet<>();
      for (String one : Objects.requireNonNullElse(line.group(3), "...").split("&", -1)) {
        query.add(one.replaceFirst("=.*", ""));
      }
      query.remove("..."); // what the line above it has
      for (String path : alternatives(line.group(2))) {
        listed
            .computeIfAbsent(line.group(1) + " " + unnamed(path), key -> new LinkedHashSet<>())
            .addAll(query);
      }
    }
    return listed;
  }

  /** A path, whatever the names of what is variable in it. */
  private static String unnamed(String path) {
    return path.replaceAll("\\{[^}]+}", "{}");
  }

  /** "a/b|c" is "a/b" and "a/c". */
  private static List<String> alternatives(String path) {
    int last = path.lastIndexOf('/') + 1;
    return Pattern.compile("\\|")
        .splitAsStream(path.substring(last))
        .map(end -> path.substring(0, last) + end)
        .toList();
  }

  @Test
  void everythingHasItsWords() {
    assertThat(described).hasSizeGreaterThan(30);
    SoftAssertions.assertSoftly(
        softly ->
            described.forEach(
                (operation, said) -> {
                  softly
                      .assertThat(said.path("summary").asText())
                      .as("summary of " + operation)
                      .isNotBlank();
                  for (JsonNode parameter : said.path("parameters")) {
                    softly
                        .assertThat(parameter.path("description").asText())
                        .as("description of %s of %s", parameter.path("name").asText(), operation)
                        .isNotBlank();
                  }
                }));
  }

  @Test
  void theReadmeListsEveryOperationAndNoOther() {
    Set<String> api = new LinkedHashSet<>(described.keySet());
    api.removeIf(operation -> operation.contains(INTAKE));
    assertThat(listed().keySet()).containsExactlyInAnyOrderElementsOf(api);
    assertThat(described.keySet())
        .filteredOn(operation -> operation.contains(INTAKE))
        .isNotEmpty()
        .allSatisfy(
            operation ->
                assertThat(readme).contains("`" + operation.replaceFirst("\\w+ ", "") + "`"));
  }

  @Test
  void theReadmeNamesNoParameterThatThereIsNot() {
    SoftAssertions.assertSoftly(
        softly ->
            listed()
                .forEach(
                    (operation, query) ->
                        softly.assertThat(queryOf(operation)).as(operation).containsAll(query)));
  }

  /** Names of the parameters in an operation's query. */
  private List<String> queryOf(String operation) {
    List<String> names = new ArrayList<>();
    for (JsonNode one : described.getOrDefault(operation, NONE).path("parameters")) {
      if (one.path("in").asText().equals("query")) {
        names.add(one.path("name").asText());
      }
    }
    return names;
  }
}
