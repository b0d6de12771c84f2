package io.tidemark.deploy.grafana;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What must hold of Grafana's files whatever is in the database. */
class GrafanaFilesTest {
  /** Where the folder is for Grafana, in its container or installed. */
  private static final String INSTALLED = "/etc/tidemark/grafana";

  private static final Pattern ENVIRONMENT = Pattern.compile("\\$(TIDEMARK_\\w+)");
  private static final Pattern DASHBOARD_LINK = Pattern.compile("/d/([\\w-]+)");
  private static final Pattern FILL = Pattern.compile("fill\\((\\w+)\\)");
  private static final int GRID_COLUMNS = 24;

  private final JsonNode source =
      yaml("provisioning/datasources/tidemark.yaml").at("/datasources/0");
  private final JsonNode compose = yaml("compose.yaml").at("/services/grafana");

  private static JsonNode yaml(String file) {
    try {
      Object loaded =
          new Load(LoadSettings.builder().build())
              .loadFromString(Files.readString(Dashboard.HOME.resolve(file)));
      return new ObjectMapper().valueToTree(loaded);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void everythingAsksTheDataSourceThatIsProvisioned() throws IOException {
    assertThat(source.path("type").asText()).isEqualTo("influxdb");
    for (Dashboard dashboard : Dashboard.all()) {
      List<JsonNode> named = dashboard.json().findValues("datasource");
      assertThat(named).as(dashboard.file()).hasSizeGreaterThan(dashboard.panels().size());
      for (JsonNode asked : named) {
        assertThat(asked.path("uid")).as(dashboard.file()).isEqualTo(source.path("uid"));
        assertThat(asked.path("type")).as(dashboard.file()).isEqualTo(source.path("type"));
      }
    }
  }

  @Test
  void foldersAreWhereProvisioningSays() {
    JsonNode provider = yaml("provisioning/dashboards/tidemark.yaml").at("/providers/0");
    List<String> paths =
        List.of(
            provider.at("/options/path").asText(),
            compose.at("/environment/GF_PATHS_PROVISIONING").asText());
    assertThat(paths)
        .allSatisfy(
            path -> {
              assertThat(path).startsWith(INSTALLED + "/");
              assertThat(Dashboard.HOME.resolve(path.substring(INSTALLED.length() + 1)))
                  .isNotEmptyDirectory();
            });
    assertThat(compose.path("volumes"))
        .extracting(JsonNode::asText)
        .contains(".:" + INSTALLED + ":ro");
  }

  @Test
  void variablesOfTheEnvironmentAreSetAndExplained() throws IOException {
    String readme = Files.readString(Dashboard.HOME.resolve("README.md"));
    Set<String> used = new HashSet<>();
    Matcher found = ENVIRONMENT.matcher(source.toString());
    while (found.find()) {
      used.add(found.group(1));
    }
    assertThat(used).isNotEmpty();
    assertThat(used)
        .allSatisfy(
            name -> {
              assertThat(compose.path("environment").has(name)).as(name).isTrue();
              assertThat(readme).contains("`" + name + "`");
            });
  }

  @Test
  void panelsHaveIdsOfTheirOwnAQuestionAndRoom() throws IOException {
    for (Dashboard dashboard : Dashboard.all()) {
      assertThat(dashboard.panels())
          .as(dashboard.file())
          .extracting(panel -> panel.path("id").asInt())
          .doesNotHaveDuplicates()
          .doesNotContain(0);
      for (JsonNode panel : dashboard.panels()) {
        String what = dashboard.file() + ": " + panel.path("title").asText();
        assertThat(panel.path("targets")).as(what).hasSize(1);
        assertThat(panel.at("/targets/0/rawQuery").asBoolean()).as(what).isTrue();
        assertThat(Dashboard.query(panel)).as(what).startsWith("SELECT ").contains("$timeFilter");
        assertThat(panel.path("description").asText()).as(what).isNotEmpty();
      }
      assertThat(overlapping(dashboard.panels())).as(dashboard.file()).isEmpty();
    }
  }

  private static List<String> overlapping(List<JsonNode> panels) {
    List<String> overlapping = new ArrayList<>();
    Set<List<Integer>> taken = new HashSet<>();
    for (JsonNode panel : panels) {
      JsonNode at = panel.path("gridPos");
      assertThat(at.path("x").asInt() + at.path("w").asInt()).isLessThanOrEqualTo(GRID_COLUMNS);
      for (int x = 0; x < at.path("w").asInt(); x++) {
        for (int y = 0; y < at.path("h").asInt(); y++) {
          if (!taken.add(List.of(at.path("x").asInt() + x, at.path("y").asInt() + y))) {
            overlapping.add(panel.path("title").asText());
          }
        }
      }
    }
    return overlapping;
  }

  @Test
  void noMeanIsWithoutItsExtremesAndNoGapIsFilled() throws IOException {
    for (Dashboard dashboard : Dashboard.all()) {
      for (JsonNode panel : dashboard.panels()) {
        String what = dashboard.file() + ": " + panel.path("title").asText();
        String query = Dashboard.query(panel);
        if (query.contains("mean(")) {
          assertThat(query).as(what).contains("min(", "max(");
        }
        List<String> fills = FILL.matcher(query).results().map(found -> found.group(1)).toList();
        assertThat(fills).as(what).isSubsetOf("none", "null");
        assertThat(fills.isEmpty())
            .as(what + " says how it fills")
            .isEqualTo(!query.contains("time($"));
        if (panel.path("type").asText().equals("timeseries")) {
          JsonNode spanNulls = panel.at("/fieldConfig/defaults/custom/spanNulls");
          assertThat(spanNulls.isBoolean() && !spanNulls.asBoolean()).as(what).isTrue();
        }
      }
    }
  }

  @Test
  void everyPanelSaysItsUnits() throws IOException {
    for (Dashboard dashboard : Dashboard.all()) {
      for (JsonNode panel : dashboard.panels()) {
        JsonNode config = panel.path("fieldConfig");
        assertThat(
                config.path("defaults").has("unit")
                    || config.path("overrides").toString().contains("\"unit\""))
            .as(dashboard.file() + ": " + panel.path("title").asText())
            .isTrue();
      }
    }
  }

  @Test
  void linksGoToDashboardsThatAreThere() throws IOException {
    List<Dashboard> all = Dashboard.all();
    assertThat(all).extracting(Dashboard::uid).doesNotHaveDuplicates().hasSize(4);
    for (Dashboard dashboard : all) {
      Matcher link = DASHBOARD_LINK.matcher(dashboard.json().toString());
      while (link.find()) {
        assertThat(all).as(dashboard.file()).extracting(Dashboard::uid).contains(link.group(1));
      }
      assertThat(dashboard.json().path("tags")).extracting(JsonNode::asText).contains("tidemark");
    }
  }
}
