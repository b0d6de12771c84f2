package io.tidemark.deploy.grafana;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.Http;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Opens dashboards as Grafana does: asks for the values of their variables, then every query of
 * every panel. Used by one thread.
 */
public final class DashboardRun {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final Http http = new Http();
  private final URI influx;
  private final String database;
  private final Instant from;
  private final Instant to;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, Frame> frames = new LinkedHashMap<>();

  /** On a database, over a time. */
  public DashboardRun(URI influx, String database, Instant from, Instant to) {
    this.influx = influx;
    this.database = database;
    this.from = from;
    this.to = to;
  }

  /**
   * Opens them all.
   *
   * @param chosen what is chosen of variables of one value, and of others where it is not all
   * @param everything whether variables of many values have all of them
   * @return what is wrong with panels, each with its dashboard's file and its title
   */
  public List<String> open(Map<String, List<String>> chosen, boolean everything)
      throws IOException, InterruptedException {
    problems.clear();
    for (Dashboard dashboard : Dashboard.all()) {
      Substitution values = new Substitution(from, to, INTERVAL);
      for (JsonNode variable : dashboard.variables()) {
        choose(dashboard, variable, values, chosen, everything);
      }
      for (JsonNode panel : dashboard.panels()) {
        open(dashboard, panel, values);
      }
    }
    return List.copyOf(problems);
  }

  private void choose(
      Dashboard dashboard,
      JsonNode variable,
      Substitution values,
      Map<String, List<String>> chosen,
      boolean everything)
      throws IOException, InterruptedException {
    String name = variable.path("name").asText();
    if (variable.path("type").asText().equals("textbox")) {
      values.choose(name, List.of(variable.path("query").asText()));
    }
    if (!variable.path("type").asText().equals("query")) {
      return;
    }
    List<String> offered = offered(variable, values.query(variable.path("query").asText()));
    boolean many = variable.path("multi").asBoolean();
    if (many && everything && variable.has("allValue")) {
      values.chooseAll(name, variable.path("allValue").asText());
      return;
    }
    List<String> wanted = many && everything ? offered : chosen.getOrDefault(name, offered);
    List<String> found = wanted.stream().filter(offered::contains).toList();
    if (found.isEmpty()) {
      problems.add(
          "%s: the variable %s offers %s, and none of %s"
              .formatted(dashboard.file(), name, offered, wanted));
      found = List.of("none");
    }
    values.choose(name, many ? found : found.subList(0, 1));
  }

  /** The values that a variable's query and its filter leave. */
  private List<String> offered(JsonNode variable, String query)
      throws IOException, InterruptedException {
    // Grafana takes the second column of SHOW TAG VALUES, and the first of anything else.
    int column = query.startsWith("SHOW TAG VALUES") ? 1 : 0;
    String regex = variable.path("regex").asText();
    Pattern filter = Pattern.compile(regex.isEmpty() ? "" : regex.substring(1, regex.length() - 1));
    Set<String> values = new LinkedHashSet<>();
    for (JsonNode series : ask(query)) {
      for (JsonNode row : series.path("values")) {
        String value = row.path(column).asText();
        if (filter.matcher(value).find()) {
          values.add(value);
        }
      }
    }
    return List.copyOf(values);
  }

  private JsonNode ask(String query) throws IOException, InterruptedException {
    JsonNode result =
        http.get(
                "%s/query?db=%s&epoch=ms&q=%s"
                    .formatted(influx, database, URLEncoder.encode(query, StandardCharsets.UTF_8)))
            .path("results")
            .path(0);
    if (result.has("error")) {
      throw new IOException(result.path("error").asText() + ": " + query);
    }
    return result.path("series");
  }

  private void open(Dashboard dashboard, JsonNode panel, Substitution values)
      throws InterruptedException {
    String repeated = panel.path("repeat").asText();
    if (repeated.isEmpty()) {
      look(dashboard, panel, values);
      return;
    }
    List<String> all = values.chosen(repeated);
    for (String one : all) {
      values.choose(repeated, List.of(one));
      look(dashboard, panel, values);
    }
    values.choose(repeated, all);
  }

  private void look(Dashboard dashboard, JsonNode panel, Substitution values)
      throws InterruptedException {
    String where = dashboard.file() + ": " + panel.path("title").asText();
    try {
      String query = values.query(Dashboard.query(panel));
      JsonNode series = ask(query);
      if (series.isEmpty()) {
        throw new AssertionError("no series for " + query);
      }
      Frame frame;
      if (panel.path("targets").path(0).path("resultFormat").asText().equals("table")) {
        frame = Frame.of(series).transformed(panel.path("transformations"));
      } else {
        frame = named(panel, series, values);
      }
      frames.put(where, frame);
      new PanelChecks(panel, frame).check();
    } catch (IOException | AssertionError e) {
      problems.add(where + ": " + e.getMessage());
    }
  }

  /** A column a series, under the name that the panel's alias gives it. */
  private static Frame named(JsonNode panel, JsonNode series, Substitution values) {
    List<String> names = new ArrayList<>();
    List<@Nullable Object> newest = new ArrayList<>();
    for (JsonNode one : series) {
      for (int i = 1; i < one.path("columns").size(); i++) {
        names.add(
            values.alias(
                panel.path("targets").path(0).path("alias").asText("$m.$col"),
                one.path("name").asText(),
                one.path("columns").path(i).asText(),
                Frame.tags(one)));
        Object found = null;
        for (JsonNode row : one.path("values")) {
          found = row.path(i).isNull() ? found : row.path(i).asText();
        }
        newest.add(found);
      }
    }
    return new Frame(names, List.of(newest));
  }

  /** What a panel of a dashboard has shown at last in one of its columns. */
  public List<@Nullable Object> column(String file, String title, String column) {
    Frame shown = Objects.requireNonNull(frames.get(file + ": " + title), title);
    return shown.column(column);
  }
}
