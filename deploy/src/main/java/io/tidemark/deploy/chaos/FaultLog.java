package io.tidemark.deploy.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells of faults as they happen: a person, and the file {@code chaos.jsonl} in the run's folder.
 *
 * <p>The file has a JSON object a line, appended: first the plan, a line a fault with {@code event}
 * {@code planned}, then what happens: {@code begins}, {@code undone}, {@code over} (all it struck
 * is ready). {@code at} is in seconds from the start of the run, {@code time} by the clock, as in
 * the processes' logs.
 */
final class FaultLog {
  private static final String FILE = "chaos.jsonl";

  private final Path file;
  private final Consumer<String> say;
  private final ObjectMapper mapper = new ObjectMapper();

  FaultLog(Path folder, Consumer<String> say) {
    this.file = folder.resolve(FILE);
    this.say = say;
  }

  /** What is to come. Says nothing if that is nothing. */
  void planned(FaultPlan plan) {
    List<ObjectNode> lines = new ArrayList<>();
    for (PlannedFault fault : plan.faults()) {
      ObjectNode line = line("planned", fault, fault.at());
      line.put("seed", plan.seed());
      line.put("outage", seconds(fault.outage()));
      fault.turns().forEach(turn -> line.withArray("turns").add(seconds(turn)));
      lines.add(line);
    }
    append(lines);
  }

  void begins(PlannedFault fault, Duration now) {
    ObjectNode line = line("begins", fault, now);
    line.put("time", Instant.now().toString());
    append(List.of(line));
    say.accept(
        "%7.1f s  fault %d: %s, for %.1f s"
            .formatted(seconds(now), fault.number(), what(fault), seconds(fault.outage())));
  }

  void undone(Strike strike, Duration now) {
    ObjectNode line = line("undone", strike.fault(), now);
    line.put("time", Instant.now().toString());
    line.put("lasted", seconds(strike.lasted()));
    line.put("cut", strike.wasCut());
    append(List.of(line));
  }

  void over(Strike strike, Duration now) {
    ObjectNode line = line("over", strike.fault(), now);
    line.put("time", Instant.now().toString());
    line.put("recovery", seconds(strike.recovery()));
    append(List.of(line));
    say.accept(
        "%7.1f s  fault %d over: %s away for %.1f s, ready %.1f s later%s"
            .formatted(
                seconds(now),
                strike.fault().number(),
                String.join(" ", strike.fault().targets()),
                seconds(strike.lasted()),
                seconds(strike.recovery()),
                strike.wasCut() ? " (cut short)" : ""));
  }

  /** E.g. {@code kill -9 of g1 g3}. */
  private static String what(PlannedFault fault) {
    String targets = String.join(" ", fault.targets());
    return switch (fault.kind()) {
      case FREEZE -> targets + " frozen";
      case LOSE_DISK -> "kill -9 of " + targets + ", and its disk lost";
      case RESTART -> targets + " stopped in order";
      case ISOLATE, ISOLATE_ALL -> targets + " cut off from other gateways";
      case FILL_DISK -> "the disk of " + targets + " is full";
      case STALL_DISK -> "the disk of " + targets + " stands still";
      case CLOCK_AHEAD -> "the clock of " + targets + " a day ahead";
      case CLOCK_BEHIND -> "the clock of " + targets + " a year behind";
      case UNPLUG -> targets + " cut off from everybody";
      case TEAR, POWER_CUT -> "kill -9 of " + targets + " in the middle of writing";
      case MUTE -> targets + " not heard by other gateways";
      case DEAFEN -> targets + " not hearing other gateways";
      case BRIDGE -> targets + " in two halves, and one gateway between that both hear";
      case FLAP ->
          "%s cut off from other gateways %d times"
              .formatted(targets, fault.turns().size() / 2 + 1);
      case LOSE_INGEST -> targets + " cut off from ingest";
      case KILL, KILL_IN_TURN, KILL_MAJORITY, KILL_INGEST -> "kill -9 of " + targets;
    };
  }

  private ObjectNode line(String event, PlannedFault fault, Duration at) {
    ObjectNode line = mapper.createObjectNode();
    line.put("event", event);
    line.put("fault", fault.number());
    line.put("kind", fault.kind().label());
    fault.targets().forEach(line.withArray("targets")::add);
    line.put("at", seconds(at));
    return line;
  }

  private void append(List<ObjectNode> lines) {
    if (lines.isEmpty()) {
      return;
    }
    try {
      Files.write(
          file,
          lines.stream().map(ObjectNode::toString).toList(),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Seconds, to the millisecond; 0 for what is not known yet. */
  private static double seconds(@Nullable Duration duration) {
    return duration == null ? 0 : duration.toMillis() / 1e3;
  }
}
