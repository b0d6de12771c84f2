package io.tidemark.deploy.grafana;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A table as Grafana makes it of an answer, and what its transformations make of that. Only what
 * the dashboards use.
 *
 * @param columns their names
 * @param rows a value a column; null where there is none
 */
record Frame(List<String> columns, List<List<@Nullable Object>> rows) {
  /** Grafana's name for InfluxDB's {@code time}. */
  static final String TIME = "Time";

  private static final Map<String, BinaryOperator<Double>> REDUCERS =
      Map.of("sum", Double::sum, "min", Math::min, "max", Math::max);

  /** One table of all series of an answer: time, tags, and the columns of the first. */
  static Frame of(JsonNode series) {
    List<String> columns = new ArrayList<>();
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (JsonNode one : series) {
      Map<String, String> tags = tags(one);
      if (columns.isEmpty()) {
        columns.add(TIME);
        columns.addAll(tags.keySet());
        one.path("columns").forEach(column -> columns.add(column.asText()));
        columns.remove("time");
      }
      for (JsonNode values : one.path("values")) {
        List<@Nullable Object> row = new ArrayList<>();
        row.add(value(values.path(0)));
        row.addAll(tags.values());
        for (int i = 1; i < values.size(); i++) {
          row.add(value(values.path(i)));
        }
        rows.add(row);
      }
    }
    return new Frame(columns, rows);
  }

  static Map<String, String> tags(JsonNode series) {
    Map<String, String> tags = new TreeMap<>();
    series
        .path("tags")
        .properties()
        .forEach(tag -> tags.put(tag.getKey(), tag.getValue().asText()));
    return tags;
  }

  private static @Nullable Object value(JsonNode value) {
    if (value.isNull()) {
      return null;
    }
    return value.isNumber() ? (Object) value.asDouble() : value.asText();
  }

  List<@Nullable Object> column(String name) {
    int at = index(name);
    List<@Nullable Object> values = new ArrayList<>();
    rows.forEach(row -> values.add(row.get(at)));
    return Collections.unmodifiableList(values);
  }

  double number(int row, String column) {
    return (double) java.util.Objects.requireNonNull(rows.get(row).get(index(column)));
  }

  private int index(String name) {
    int at = columns.indexOf(name);
    if (at < 0) {
      throw new AssertionError("there is no column \"" + name + "\" among " + columns);
    }
    return at;
  }

  /**
   * What a panel's transformations make of it.
   *
   * @throws AssertionError if one names a column that is not there, or is not known here
   */
  Frame transformed(JsonNode transformations) {
    Frame frame = this;
    for (JsonNode transformation : transformations) {
      JsonNode options = transformation.path("options");
      frame =
          switch (transformation.path("id").asText()) {
            case "groupBy" -> frame.grouped(options.path("fields"));
            case "calculateField" -> frame.calculated(options);
            case "organize" -> frame.organized(options);
            case "renameByRegex" -> frame.renamed(options);
            case "sortBy" -> frame.sortable(options.path("sort"));
            default -> throw new AssertionError("unknown here: " + transformation);
          };
    }
    return frame;
  }

  private Frame grouped(JsonNode fields) {
    List<String> by = new ArrayList<>();
    Map<String, String> reducers = new LinkedHashMap<>();
    fields
        .properties()
        .forEach(
            field -> {
              index(field.getKey());
              if (field.getValue().path("operation").asText().equals("groupby")) {
                by.add(field.getKey());
              } else {
                reducers.put(
                    field.getKey(), field.getValue().path("aggregations").path(0).asText());
              }
            });
    Map<List<@Nullable Object>, List<@Nullable Object>> groups = new LinkedHashMap<>();
    for (List<@Nullable Object> row : rows) {
      List<@Nullable Object> key =
          by.stream().<@Nullable Object>map(name -> row.get(index(name))).toList();
      List<@Nullable Object> values =
          reducers.keySet().stream().<@Nullable Object>map(name -> row.get(index(name))).toList();
      groups.merge(
          key, values, (one, other) -> reduced(one, other, List.copyOf(reducers.values())));
    }
    List<String> names = new ArrayList<>(by);
    reducers.forEach((name, reducer) -> names.add(name + " (" + reducer + ")"));
    List<List<@Nullable Object>> result = new ArrayList<>();
    groups.forEach(
        (key, values) -> {
          List<@Nullable Object> row = new ArrayList<>(key);
          row.addAll(values);
          result.add(row);
        });
    return new Frame(names, result);
  }

  private static List<@Nullable Object> reduced(
      List<@Nullable Object> one, List<@Nullable Object> other, List<String> reducers) {
    List<@Nullable Object> result = new ArrayList<>();
    for (int i = 0; i < reducers.size(); i++) {
      Double left = (Double) one.get(i);
      Double right = (Double) other.get(i);
      BinaryOperator<Double> reducer = REDUCERS.get(reducers.get(i));
      if (reducer == null || left == null || right == null) {
        throw new AssertionError(reducers.get(i) + " of " + left + " and " + right);
      }
      result.add(reducer.apply(left, right));
    }
    return result;
  }

  private Frame calculated(JsonNode options) {
    JsonNode binary = options.path("binary");
    if (!options.path("mode").asText().equals("binary")
        || !binary.path("operator").asText().equals("-")) {
      throw new AssertionError("unknown here: " + options);
    }
    List<String> names = new ArrayList<>(columns);
    names.add(options.path("alias").asText());
    List<List<@Nullable Object>> result = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      List<@Nullable Object> row = new ArrayList<>(rows.get(i));
      row.add(number(i, binary.path("left").asText()) - number(i, binary.path("right").asText()));
      result.add(row);
    }
    return new Frame(names, result);
  }

  private Frame organized(JsonNode options) {
    options.path("indexByName").fieldNames().forEachRemaining(this::index);
    options.path("excludeByName").fieldNames().forEachRemaining(this::index);
    options.path("renameByName").fieldNames().forEachRemaining(this::index);
    List<Integer> kept = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (!options.path("excludeByName").has(columns.get(i))) {
        kept.add(i);
        names.add(options.path("renameByName").path(columns.get(i)).asText(columns.get(i)));
      }
    }
    List<List<@Nullable Object>> result = new ArrayList<>();
    for (List<@Nullable Object> row : rows) {
      result.add(kept.stream().<@Nullable Object>map(row::get).toList());
    }
    return new Frame(names, result);
  }

  private Frame renamed(JsonNode options) {
    List<String> names =
        columns.stream()
            .map(
                name ->
                    name.replaceAll(
                        options.path("regex").asText(), options.path("renamePattern").asText()))
            .toList();
    if (names.equals(columns)) {
      throw new AssertionError("renames nothing: " + options + " of " + columns);
    }
    return new Frame(names, rows);
  }

  /** The order of rows is of no interest here, but that it is by something. */
  private Frame sortable(JsonNode sort) {
    sort.forEach(by -> index(by.path("field").asText()));
    return this;
  }
}
