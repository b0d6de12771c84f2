package io.tidemark.sim.scenario;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Keys and values of one place in a file. What is wrong is added to the problems, with its line,
 * and reading goes on, so that all of it is said at once; a value that is wrong reads like one that
 * is not given.
 */
final class Section {
  private final String file;
  private final int line;
  private final List<String> problems;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();

  private Section(String file, int line, List<String> problems) {
    this.file = file;
    this.line = line;
    this.problems = problems;
  }

  /**
   * Null (and a problem) if there are no keys.
   *
   * @param node what stands there
   * @param keys the keys it may have
   */
  static @Nullable Section of(
      String file, Node node, Collection<String> keys, List<String> problems) {
    Section section = new Section(file, lineOf(node), problems);
    if (!(node instanceof MappingNode mapping)) {
      section.problem(
          section.line, "here must be keys with values, such as \"" + example(keys) + "\"");
      return null;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      section.add(tuple, keys);
    }
    return section;
  }

  private void add(NodeTuple tuple, Collection<String> keys) {
    int at = lineOf(tuple.getKeyNode());
    String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
    if (!keys.contains(key)) {
      problem(
          at,
          "\"%s\" is no key here%s; there are %s"
              .formatted(key, Nearest.hint(key, keys), String.join(", ", keys)));
    } else if (values.containsKey(key)) {
      problem(at, "%s is given twice, first on line %d; keep one".formatted(key, lines.get(key)));
    } else if (!tuple.getValueNode().getTag().equals(Tag.NULL)) {
      values.put(key, tuple.getValueNode());
      lines.put(key, at);
    }
  }

  int line() {
    return line;
  }

  int lineOf(String key) {
    return lines.getOrDefault(key, line);
  }

  void problem(int at, String what) {
    problems.add("%s:%d: %s".formatted(file, at, what));
  }

  /** Adds that {@code key} is missing. */
  void missing(String key, String example) {
    problem(line, "%s is missing; add one, such as \"%s: %s\"".formatted(key, key, example));
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  @Nullable String text(String key) {
    Node node = values.get(key);
    if (node == null) {
      return null;
    }
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue().strip();
    }
    problem(lineOf(key), key + " must be one value, but is a list or has keys of its own");
    return null;
  }

  @Nullable Long wholeNumber(String key, long min, long max) {
    String text = text(key);
    if (text == null) {
      return null;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    wrong(key, text, "a whole number from %d to %d".formatted(min, max));
    return null;
  }

  /**
   * @param range says what {@code min} and {@code max} are
   */
  @Nullable Double number(String key, double min, double max, String range) {
    String text = text(key);
    if (text == null) {
      return null;
    }
    try {
      double number = Double.parseDouble(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    wrong(key, text, range);
    return null;
  }

  /**
   * @param max in whole hours
   */
  @Nullable Duration duration(String key, Duration max) {
    String text = text(key);
    if (text == null) {
      return null;
    }
    Duration duration = Durations.parse(text);
    if (duration == null || duration.compareTo(max) > 0) {
      wrong(
          key, text, "a duration like 500ms, 90s, 5m or 24h, at most %dh".formatted(max.toHours()));
      return null;
    }
    return duration;
  }

  @Nullable Instant time(String key) {
    String text = text(key);
    if (text == null) {
      return null;
    }
    try {
      Instant time = Instant.parse(text);
      if (Durations.fits(time)) {
        return time;
      }
      wrong(key, text, "between the years 1678 and 2261");
    } catch (DateTimeException e) {
      wrong(key, text, "a time in UTC like 2026-01-31T12:00:00Z");
    }
    return null;
  }

  /** The items of a list, each with keys; empty (and a problem) if there is none. */
  List<Section> list(String key, Collection<String> keys, int max) {
    Node node = values.get(key);
    if (!(node instanceof SequenceNode sequence)
        || sequence.getValue().isEmpty()
        || sequence.getValue().size() > max) {
      problem(
          lineOf(key),
          "%s must be a list of 1 to %d, each item beginning with \"- %s\""
              .formatted(key, max, example(keys)));
      return List.of();
    }
    List<Section> sections = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      Section section = of(file, item, keys, problems);
      if (section != null) {
        sections.add(section);
      }
    }
    return sections;
  }

  /** A line of a list of texts. */
  record Text(int line, String text) {}

  /** The items of a list of texts; empty if there is none, and (with a problem) if it is wrong. */
  List<Text> texts(String key, int max, String example) {
    Node node = values.get(key);
    if (node == null) {
      return List.of();
    }
    String rule =
        "%s must be a list of 1 to %d texts, such as \"- %s\"".formatted(key, max, example);
    if (!(node instanceof SequenceNode sequence)
        || sequence.getValue().isEmpty()
        || sequence.getValue().size() > max) {
      problem(lineOf(key), rule);
      return List.of();
    }
    List<Text> texts = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      if (item instanceof ScalarNode scalar) {
        texts.add(new Text(lineOf(item), scalar.getValue().strip()));
      } else {
        problem(lineOf(item), rule);
      }
    }
    return texts;
  }

  void wrong(String key, String text, String rule) {
    wrong(key, text, rule, "");
  }

  /**
   * @param hint what to do, beginning with a blank; or nothing
   */
  void wrong(String key, String text, String rule, String hint) {
    problem(lineOf(key), "%s must be %s, but is \"%s\"%s".formatted(key, rule, shown(text), hint));
  }

  private static String shown(String text) {
    String cut = text.length() <= 80 ? text : text.substring(0, 80) + "...";
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  private static String example(Collection<String> keys) {
    return keys.iterator().next() + ": VALUE";
  }

  private static int lineOf(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
