package io.tidemark.sim.scenario;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.relay.FaultPlan;
import io.tidemark.sim.relay.FaultSyntax;
import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.rogue.RogueKind;
import io.tidemark.sim.rogue.RogueSettings;
import io.tidemark.sim.source.DeviceClass;
import io.tidemark.sim.source.DeviceFault;
import io.tidemark.sim.source.DeviceGroup;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a scenario from YAML, and checks all of it. Whatever is wrong is said at once, a line each:
 * {@code file:line: what must be, and what is}.
 */
final class ScenarioFile {
  private static final long FILE_MAX_BYTES = 256 << 10;
  private static final int GROUPS_MAX = 100;
  private static final int NAME_MAX_LENGTH = 64;
  private static final Duration RAMP_UP_MAX = Duration.ofHours(24);
  private static final List<String> KEYS =
      List.of(
          "name",
          "description",
          "seed",
          "for",
          "start",
          "ramp-up",
          "groups",
          "link-faults",
          "device-faults",
          "rogues");
  private static final List<String> GROUP_KEYS =
      List.of("class", "count", "rate", "batch-size", "batch-interval", "prefix", "payload");
  private static final List<String> ROGUE_KEYS = List.of("kind", "count", "every");

  private final String file;
  private final List<String> problems = new ArrayList<>();

  private ScenarioFile(String file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws ScenarioException with all that is wrong with it
   */
  static Scenario read(Path path) throws IOException {
    if (Files.size(path) > FILE_MAX_BYTES) {
      throw new ScenarioException(
          List.of("%s:1: a scenario has at most %d bytes".formatted(path, FILE_MAX_BYTES)));
    }
    try {
      return parse(path.toString(), Files.readString(path));
    } catch (CharacterCodingException e) {
      throw new ScenarioException(List.of(path + ":1: a scenario must be UTF-8 text"));
    }
  }

  /**
   * @param file what to call it where something is wrong
   */
  static Scenario parse(String file, String text) throws ScenarioException {
    ScenarioFile reader = new ScenarioFile(file);
    Node root = reader.compose(text);
    Scenario scenario = root == null ? null : reader.scenario(root);
    if (scenario == null || !reader.problems.isEmpty()) {
      throw new ScenarioException(reader.problems);
    }
    return scenario;
  }

  private @Nullable Node compose(String text) {
    try {
      Node root =
          new Compose(LoadSettings.builder().setLabel(file).build())
              .composeString(text)
              .orElse(null);
      if (root == null) {
        problem(1, "the file is empty; `sim scenarios smoke` prints one to begin from");
      }
      return root;
    } catch (MarkedYamlEngineException e) {
      problem(
          e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1),
          "this is not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      problem(1, "this is not YAML: " + e.getMessage());
    } catch (StackOverflowError e) {
      problem(1, "this is nested too deeply for a scenario");
    }
    return null;
  }

  private @Nullable Scenario scenario(Node root) {
    Section top = Section.of(file, root, KEYS, problems);
    if (top == null) {
      return null;
    }
    String name = top.text("name");
    if (name != null && (name.isEmpty() || name.length() > NAME_MAX_LENGTH)) {
      top.wrong("name", name, "1 to %d characters".formatted(NAME_MAX_LENGTH));
    }
    Long seed = top.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    Instant start = top.time("start");
    Duration length = top.duration("for", Durations.MAX);
    Duration rampUp = top.duration("ramp-up", RAMP_UP_MAX);
    String description = Objects.requireNonNullElse(top.text("description"), "");
    List<DeviceGroup> groups = groups(top);
    return new Scenario(
        name == null ? file : name,
        description,
        seed,
        start,
        length,
        rampUp,
        groups,
        faults(
            top, "link-faults", FaultPlan.PATTERNS_MAX, "cut for 5s every 1m", FaultSyntax::parse),
        faults(
            top,
            "device-faults",
            DeviceFault.MAX,
            "reboot for 30s every 5m on 10%",
            DeviceFault::parse),
        rogues(top));
  }

  private static <T> List<T> faults(
      Section top, String key, int max, String example, Function<String, T> parser) {
    List<T> faults = new ArrayList<>();
    for (Section.Text item : top.texts(key, max, example)) {
      try {
        faults.add(parser.apply(item.text()));
      } catch (IllegalArgumentException e) {
        top.problem(item.line(), String.valueOf(e.getMessage()));
      }
    }
    return faults;
  }

  private List<DeviceGroup> groups(Section top) {
    List<DeviceGroup> groups = new ArrayList<>();
    Map<String, Integer> prefixLines = new LinkedHashMap<>();
    long devices = 0;
    for (Section item : top.list("groups", GROUP_KEYS, GROUPS_MAX)) {
      DeviceGroup group = group(item);
      if (group == null) {
        continue;
      }
      Integer other = prefixLines.putIfAbsent(group.prefix(), item.line());
      if (other != null) {
        item.problem(
            item.lineOf("prefix"),
            "the devices would be called %s00001, ... as those of line %d; give this group a prefix of its own"
                .formatted(group.prefix(), other));
      }
      devices += group.count();
      groups.add(group);
    }
    if (devices > DeviceGroup.DEVICES_MAX) {
      top.problem(
          top.lineOf("groups"),
          "there must be at most %d devices in all, but the counts add up to %d"
              .formatted(DeviceGroup.DEVICES_MAX, devices));
    }
    return groups;
  }

  /** Null (and a problem) if something is wrong with it. */
  private @Nullable DeviceGroup group(Section item) {
    int before = problems.size();
    DeviceClass deviceClass = deviceClass(item);
    Long count = item.wholeNumber("count", 1, DeviceGroup.DEVICES_MAX);
    if (!item.has("count")) {
      item.missing("count", "10");
    }
    Double rate =
        item.number(
            "rate",
            DeviceGroup.RATE_MIN,
            DeviceGroup.RATE_MAX,
            "readings per second of each device, 0.0001 to 10000");
    Long batchSize = item.wholeNumber("batch-size", 1, DeviceGroup.BATCH_MAX_READINGS);
    Duration batchInterval = item.duration("batch-interval", DeviceGroup.BATCH_MAX_INTERVAL);
    String prefix = item.text("prefix");
    if (prefix != null && !DeviceGroup.isPrefix(prefix)) {
      item.wrong("prefix", prefix, "at most 122 of A-Z a-z 0-9 . _ : -");
    }
    Payload payload = payload(item);
    requireFits(item, payload, rate, batchSize);
    if (deviceClass == null || count == null || problems.size() > before) {
      return null;
    }
    return new DeviceGroup(
        deviceClass,
        count.intValue(),
        prefix == null ? deviceClass.prefix() : prefix,
        rate == null ? deviceClass.rate() : rate,
        batchSize == null ? deviceClass.batchReadings() : batchSize.intValue(),
        batchInterval == null ? deviceClass.batchInterval() : batchInterval,
        payload);
  }

  /** Batches if it does not say. */
  private static Payload payload(Section item) {
    String id = item.text("payload");
    if (id == null) {
      return Payloads.BATCH;
    }
    Payload found = Payloads.of(id).orElse(null);
    if (found == null) {
      List<String> ids = Payloads.ids();
      item.wrong("payload", id, "one of " + String.join(", ", ids), Nearest.hint(id, ids));
      return Payloads.BATCH;
    }
    return found;
  }

  private static void requireFits(
      Section item, Payload payload, @Nullable Double rate, @Nullable Long batchSize) {
    if (rate != null && rate > payload.rateMax()) {
      item.wrong(
          "rate",
          Double.toString(rate),
          "at most %.0f per second where payload is %s, so that no two readings are of one millisecond"
              .formatted(payload.rateMax(), payload.id()));
    }
    if (batchSize != null && batchSize > payload.readingsMax()) {
      item.wrong(
          "batch-size",
          Long.toString(batchSize),
          "at most %d where payload is %s".formatted(payload.readingsMax(), payload.id()));
    }
  }

  private List<RogueGroup> rogues(Section top) {
    List<RogueGroup> rogues = new ArrayList<>();
    if (!top.has("rogues")) {
      return rogues;
    }
    for (Section item : top.list("rogues", ROGUE_KEYS, RogueGroup.GROUPS_MAX)) {
      RogueGroup group = rogueGroup(item);
      if (group != null) {
        rogues.add(group);
      }
    }
    try {
      RogueSettings.check(rogues, "");
    } catch (IllegalArgumentException e) {
      top.problem(top.lineOf("rogues"), String.valueOf(e.getMessage()));
    }
    return rogues;
  }

  /** Null (and a problem) if something is wrong with it. */
  private @Nullable RogueGroup rogueGroup(Section item) {
    int before = problems.size();
    RogueKind kind = rogueKind(item);
    Long count = item.wholeNumber("count", 1, RogueGroup.COUNT_MAX);
    Duration every = item.duration("every", RogueGroup.EVERY_MAX);
    if (every != null && every.compareTo(RogueGroup.EVERY_MIN) < 0) {
      item.wrong("every", String.valueOf(item.text("every")), "10ms or longer");
    }
    if (kind == null || problems.size() > before) {
      return null;
    }
    return new RogueGroup(
        kind, count == null ? 1 : count.intValue(), every == null ? kind.every() : every);
  }

  private static @Nullable RogueKind rogueKind(Section item) {
    String id = item.text("kind");
    if (id == null) {
      if (!item.has("kind")) {
        item.missing("kind", "malformed");
      }
      return null;
    }
    RogueKind found = RogueKind.of(id).orElse(null);
    if (found == null) {
      List<String> ids = RogueKind.ids();
      item.wrong("kind", id, "one of " + String.join(", ", ids), Nearest.hint(id, ids));
    }
    return found;
  }

  private static @Nullable DeviceClass deviceClass(Section item) {
    String id = item.text("class");
    if (id == null) {
      if (!item.has("class")) {
        item.missing("class", "power-meter");
      }
      return null;
    }
    DeviceClass found = DeviceClass.of(id).orElse(null);
    if (found == null) {
      List<String> ids = DeviceClass.ids();
      item.wrong("class", id, "one of " + String.join(", ", ids), Nearest.hint(id, ids));
    }
    return found;
  }

  private void problem(int line, String what) {
    problems.add("%s:%d: %s".formatted(file, line, what));
  }
}
