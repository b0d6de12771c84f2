package io.tidemark.deploy.grafana;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What Grafana puts in place of macros and variables in a query and in an alias: the time chosen in
 * milliseconds, the interval, and values, of which {@code ${name:regex}} has each escaped and many
 * between parentheses, while {@code ${name:raw}} is as it is. All of a variable that has a value of
 * its own for that is that value, unescaped. From Grafana's documentation, "Variable syntax" and
 * "InfluxDB query editor".
 *
 * <p>Grafana escapes {@code $name} in a query by rules that differ between its versions, so in
 * queries the dashboards have to say which form they want.
 */
final class Substitution {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+):(\\w+)}|\\$(\\w+)");
  private static final Pattern SPECIAL = Pattern.compile("[\\\\^$*+?.()|\\[\\]{}/]");

  private final Map<String, String> macros;
  private final Map<String, Value> values = new HashMap<>();

  /** One or several values, or an expression that stands for all of them. */
  private record Value(List<String> values, boolean expression) {}

  Substitution(Instant from, Instant to, Duration interval) {
    String text = interval.toSeconds() + "s";
    macros =
        Map.of(
            "timeFilter",
            "time >= %dms and time <= %dms".formatted(from.toEpochMilli(), to.toEpochMilli()),
            "__interval_ms",
            Long.toString(interval.toMillis()),
            "__interval",
            text,
            "step",
            text);
  }

  /** Chooses values of a variable. */
  void choose(String name, List<String> chosen) {
    values.put(name, new Value(List.copyOf(chosen), false));
  }

  /** Chooses all of a variable that has an expression for that. */
  void chooseAll(String name, String expression) {
    values.put(name, new Value(List.of(expression), true));
  }

  /** Each value of a variable that is chosen. */
  List<String> chosen(String name) {
    return value(name).values;
  }

  /**
   * A query as the database gets it.
   *
   * @throws AssertionError if it names a variable that the dashboard has not, or without a form
   */
  String query(String text) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            found -> {
              String plain = found.group(3);
              if (plain != null && !macros.containsKey(plain)) {
                throw new AssertionError(
                    "$%s is escaped by rules that differ: write ${%s:regex} or ${%s:raw} in %s"
                        .formatted(plain, plain, plain, text));
              }
              return Matcher.quoteReplacement(
                  plain != null ? macros.getOrDefault(plain, "") : formatted(found));
            });
  }

  private String formatted(java.util.regex.MatchResult found) {
    Value value = value(found.group(1));
    if (value.expression || (found.group(2).equals("raw") && value.values.size() == 1)) {
      return value.values.get(0);
    }
    if (!found.group(2).equals("regex")) {
      throw new AssertionError(found.group() + " has the values " + value.values);
    }
    List<String> escaped = value.values.stream().map(Substitution::escaped).toList();
    return escaped.size() == 1
        ? escaped.get(0)
        : escaped.stream().collect(Collectors.joining("|", "(", ")"));
  }

  private static String escaped(String value) {
    return SPECIAL
        .matcher(value)
        .replaceAll(found -> Matcher.quoteReplacement("\\" + found.group()));
  }

  private Value value(String name) {
    Value value = values.get(name);
    if (value == null) {
      throw new AssertionError("there is no variable " + name);
    }
    return value;
  }

  /**
   * The name of a series: variables of the dashboard, then {@code $m}, {@code $col} and {@code
   * $tag_NAME} of the series.
   */
  String alias(String pattern, String measurement, String column, Map<String, String> tags) {
    return VARIABLE
        .matcher(pattern)
        .replaceAll(
            found -> {
              String name = found.group(1) == null ? found.group(3) : found.group(1);
              String value;
              if (values.containsKey(name)) {
                value = String.join(" + ", value(name).values);
              } else if (name.startsWith("tag_")) {
                value = tags.get(name.substring("tag_".length()));
              } else {
                value = Map.of("m", measurement, "col", column).get(name);
              }
              return Matcher.quoteReplacement(value == null ? found.group() : value);
            });
  }
}
