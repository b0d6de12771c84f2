package io.tidemark.deploy.prometheus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The alerting rules of {@code deploy/prometheus}. */
public record Rules(List<JsonNode> all) {
  /** The folder. */
  public static final Path HOME = Installation.find().home().resolve("deploy/prometheus");

  private static final Pattern SELECTED =
      Pattern.compile("(tidemark_(?:gateway|ingest)_\\w+)(?:\\{([^}]*)})?");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)(=~?)\"([^\"]*)\"");

  /** What a rule asks for: series of a name that have all these labels, as they are written. */
  public record Asked(String metric, Set<String> labels) {
    /** Whether something in the text that a program shows is of this. */
    public boolean isIn(String metrics) {
      return metrics
          .lines()
          .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
          .anyMatch(line -> labels.stream().allMatch(line::contains));
    }
  }

  /** Reads them. */
  public static Rules read() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    for (JsonNode group : yaml(HOME.resolve("tidemark.rules.yml")).path("groups")) {
      group.path("rules").forEach(all::add);
    }
    return new Rules(all);
  }

  static JsonNode yaml(Path file) throws IOException {
    return new ObjectMapper()
        .valueToTree(
            new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file)));
  }

  /** All that is asked for; of alternatives each. */
  public Set<Asked> asked() {
    Set<Asked> asked = new HashSet<>();
    for (JsonNode rule : all) {
      for (MatchResult found : SELECTED.matcher(rule.path("expr").asText()).results().toList()) {
        asked.addAll(alternatives(found.group(1), found.group(2) == null ? "" : found.group(2)));
      }
    }
    return asked;
  }

  private static List<Asked> alternatives(String metric, String matchers) {
    List<Asked> asked = List.of(new Asked(metric, Set.of()));
    for (MatchResult matcher : MATCHER.matcher(matchers).results().toList()) {
      List<Asked> more = new ArrayList<>();
      for (Asked one : asked) {
        for (String value : matcher.group(3).split("\\|", -1)) {
          Set<String> labels = new HashSet<>(one.labels());
          labels.add(matcher.group(1) + "=\"" + value + "\"");
          more.add(new Asked(metric, labels));
        }
      }
      asked = more;
    }
    return asked;
  }
}
