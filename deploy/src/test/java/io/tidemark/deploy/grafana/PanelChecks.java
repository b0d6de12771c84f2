package io.tidemark.deploy.grafana;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** What a panel draws with must be in what it was answered. */
record PanelChecks(JsonNode panel, Frame frame) {
  /**
   * Checks it.
   *
   * @throws AssertionError what is wrong
   */
  void check() {
    if (frame.rows().isEmpty()) {
      throw new AssertionError("no rows");
    }
    for (String column : frame.columns()) {
      if (frame.column(column).stream().allMatch(Objects::isNull)) {
        throw new AssertionError("nothing in " + column);
      }
      if (column.contains("$")) {
        throw new AssertionError("not replaced: " + column);
      }
    }
    overrides();
    reduced();
  }

  /** Names of columns and series that overrides are for, and what they are called by them. */
  private void overrides() {
    Set<String> shown = new HashSet<>(frame.columns());
    for (JsonNode override : panel.path("fieldConfig").path("overrides")) {
      JsonNode matcher = override.path("matcher");
      String options = matcher.path("options").asText();
      if (matcher.path("id").asText().equals("byName") && !frame.columns().contains(options)) {
        throw new AssertionError(
            "an override is for \"" + options + "\", which is not among " + frame.columns());
      }
      for (JsonNode property : override.path("properties")) {
        if (property.path("id").asText().equals("displayName")) {
          List<String> matching = matching(options);
          if (matching.isEmpty()) {
            throw new AssertionError(
                "an override is for " + options + ", which none is of " + frame.columns());
          }
          shown.add(property.path("value").asText());
        }
        if (property.path("id").asText().equals("custom.fillBelowTo")
            && !shown.contains(property.path("value").asText())) {
          throw new AssertionError("a band ends at nothing: " + property);
        }
      }
    }
    for (JsonNode sort : panel.path("options").path("sortBy")) {
      if (!shown.contains(sort.path("displayName").asText())) {
        throw new AssertionError("sorted by what is not there: " + sort + " of " + shown);
      }
    }
  }

  private void reduced() {
    JsonNode fields = panel.path("options").path("reduceOptions").path("fields");
    if (panel.path("type").asText().equals("stat") && matching(fields.asText()).isEmpty()) {
      throw new AssertionError(
          "it is for " + fields.asText() + ", which none is of " + frame.columns());
    }
  }

  /** Columns that an expression between slashes finds. */
  private List<String> matching(String regex) {
    Pattern pattern = Pattern.compile(regex.substring(1, regex.length() - 1));
    return frame.columns().stream().filter(name -> pattern.matcher(name).find()).toList();
  }
}
