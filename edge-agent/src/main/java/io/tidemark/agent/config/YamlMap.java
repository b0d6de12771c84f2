package io.tidemark.agent.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A YAML mapping that remembers where everything stands and which keys were asked for. What is
 * wrong goes to the list of problems, and a stand-in is returned so that the rest is checked too.
 */
final class YamlMap {
  private final String path;
  private final int line;
  private final Problems problems;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final Set<String> known = new TreeSet<>();

  /** The text of one key, where it stands, and how to complain about it. */
  record Text(String value, int line, String key) {}

  /** Collects what is wrong in {@code file}. */
  record Problems(String file, List<String> lines) {
    Problems(String file) {
      this(file, new ArrayList<>());
    }

    void add(int line, String key, String rule) {
      lines.add("%s:%d: %s: %s".formatted(file, line, key, rule));
    }
  }

  private YamlMap(String path, int line, Problems problems) {
    this.path = path;
    this.line = line;
    this.problems = problems;
  }

  static YamlMap of(@Nullable Node node, String path, int parentLine, Problems problems) {
    YamlMap map = new YamlMap(path, node == null ? parentLine : lineOf(node), problems);
    if (node instanceof MappingNode mapping) {
      mapping.getValue().forEach(map::add);
    } else if (node != null && !isNull(node)) {
      problems.add(
          lineOf(node),
          path.isEmpty() ? "the file" : path,
          "must be keys with values, like \"key: value\"");
    }
    return map;
  }

  private void add(NodeTuple tuple) {
    Node keyNode = tuple.getKeyNode();
    if (!(keyNode instanceof ScalarNode scalar)) {
      problems.add(
          lineOf(keyNode), path.isEmpty() ? "the file" : path, "a key must be a plain word");
      return;
    }
    String key = scalar.getValue();
    if (values.containsKey(key)) {
      problems.add(
          lineOf(keyNode),
          name(key),
          "is given twice, first on line " + lines.get(key) + "; keep one");
      return;
    }
    values.put(key, tuple.getValueNode());
    lines.put(key, lineOf(keyNode));
  }

  int line() {
    return line;
  }

  /** To be called when all keys have been asked for. */
  void refuseUnknownKeys() {
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        problems.add(
            lines.getOrDefault(key, line),
            name(key),
            "is not a key here; known are " + String.join(", ", known) + ". Correct or remove it");
      }
    }
  }

  YamlMap map(String key) {
    return of(value(key), name(key), lines.getOrDefault(key, line), problems);
  }

  /** Null if the key is not given or is not one text, number or flag. */
  @Nullable Text text(String key) {
    Node node = value(key);
    if (node == null || isNull(node)) {
      return null;
    }
    return scalar(node, name(key));
  }

  /** As {@link #text}, but it must be given. */
  @Nullable Text required(String key, String example) {
    Node node = value(key);
    if (node == null || isNull(node)) {
      problems.add(
          lines.getOrDefault(key, line),
          name(key),
          "must be given, for example \"" + key + ": " + example + "\"");
      return null;
    }
    return scalar(node, name(key));
  }

  Duration duration(String key, Duration min, Duration max, Duration standard) {
    Text text = text(key);
    if (text == null) {
      return standard;
    }
    Duration duration = Units.duration(text.value());
    if (duration == null || duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      problems.add(
          text.line(),
          text.key(),
          "must be a duration of %s to %s, such as 250ms, 90s, 5m, 24h or 30d, but is \"%s\""
              .formatted(shown(min), shown(max), text.value()));
      return standard;
    }
    return duration;
  }

  long bytes(String key, long min, long max, long standard) {
    Text text = text(key);
    if (text == null) {
      return standard;
    }
    Long bytes = Units.bytes(text.value());
    if (bytes == null || bytes < min || bytes > max) {
      problems.add(
          text.line(),
          text.key(),
          "must be a size of %dKiB to %dMiB with its unit (B, kB, MB, GB, KiB, MiB, GiB), such as 64MiB, but is \"%s\""
              .formatted(min >> 10, max >> 20, text.value()));
      return standard;
    }
    return bytes;
  }

  /** The items of a list; empty (and a problem) if it is missing, empty, too long or no list. */
  List<Node> list(String key, int max, String example) {
    Node node = value(key);
    int at = lines.getOrDefault(key, line);
    if (!(node instanceof SequenceNode sequence)) {
      problems.add(at, name(key), "must be a list of at least one, for example " + example);
      return List.of();
    }
    int size = sequence.getValue().size();
    if (size == 0 || size > max) {
      problems.add(at, name(key), "must have 1 to %d items, but has %d".formatted(max, size));
      return List.of();
    }
    return sequence.getValue();
  }

  @Nullable Text scalar(Node node, String name) {
    if (node instanceof ScalarNode scalar) {
      return new Text(scalar.getValue().trim(), lineOf(node), name);
    }
    problems.add(lineOf(node), name, "must be one value, not a list or more keys");
    return null;
  }

  String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private @Nullable Node value(String key) {
    known.add(key);
    return values.get(key);
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private static int lineOf(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  private static String shown(Duration duration) {
    if (duration.toMillisPart() != 0) {
      return duration.toMillis() + "ms";
    }
    return duration.toHours() > 0 ? duration.toHours() + "h" : duration.toSeconds() + "s";
  }
}
