package io.tidemark.sim.relay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.sim.relay.RelaySums.Passage;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a relay came to.
 *
 * @param seed of the plan
 * @param ran how long
 * @param faults those that were in force at some time
 */
public record RelayReport(RelaySums sums, long seed, Duration ran, List<Fault> faults) {
  /** Most faults that are listed in JSON: the first ones. */
  private static final int FAULTS_MAX = 1_000;

  /** What a plan of this length came to. */
  public static RelayReport of(RelaySums sums, FaultPlan plan, Duration ran) {
    return new RelayReport(sums, plan.seed(), ran, plan.between(Duration.ZERO, ran));
  }

  /** A short table. */
  public void print(PrintStream out) {
    line(
        out,
        "connections",
        "%,d accepted%s%s",
        sums.accepted(),
        reasons(sums.ended()),
        sums.open() == 0 ? "" : ", %,d open".formatted(sums.open()));
    for (Direction direction : Direction.values()) {
      passage(out, "bytes " + direction, passage(sums.bytes(), direction));
    }
    for (Direction direction : Direction.values()) {
      passage(out, "datagrams " + direction, passage(sums.datagrams(), direction));
    }
    line(out, "faults", "%,d", faults.size());
    line(out, "seed", "%d", seed);
    line(out, "seconds", "%.1f", ran.toMillis() / 1e3);
  }

  /**
   * One line of JSON. Times of faults are in milliseconds from the beginning; {@code untilMillis}
   * is absent from one without an end.
   */
  public String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      out.writeNumberField("seed", seed);
      out.writeNumberField("seconds", ran.toMillis() / 1e3);
      out.writeObjectFieldStart("connections");
      out.writeNumberField("accepted", sums.accepted());
      out.writeNumberField("open", sums.open());
      counts(out, "ended", sums.ended());
      out.writeEndObject();
      passages(out, "bytes", sums.bytes());
      passages(out, "datagrams", sums.datagrams());
      out.writeNumberField("faultsInAll", faults.size());
      out.writeArrayFieldStart("faults");
      for (Fault fault : faults.subList(0, Math.min(FAULTS_MAX, faults.size()))) {
        fault(out, fault);
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return text.toString();
  }

  private static void fault(JsonGenerator out, Fault fault) throws IOException {
    out.writeStartObject();
    out.writeStringField("name", fault.effect().name());
    out.writeStringField("effect", fault.effect().text());
    out.writeStringField("description", fault.effect().description());
    out.writeNumberField("fromMillis", fault.from().toMillis());
    if (fault.ends()) {
      out.writeNumberField("untilMillis", fault.until().toMillis());
    }
    out.writeEndObject();
  }

  private static void passages(JsonGenerator out, String name, Map<Direction, Passage> directions)
      throws IOException {
    out.writeObjectFieldStart(name);
    for (Direction direction : Direction.values()) {
      Passage passage = passage(directions, direction);
      out.writeObjectFieldStart(direction.toString());
      out.writeNumberField("received", passage.received());
      out.writeNumberField("duplicated", passage.duplicated());
      out.writeNumberField("passed", passage.passed());
      out.writeNumberField("waiting", passage.waiting());
      counts(out, "lost", passage.lost());
      out.writeEndObject();
    }
    out.writeEndObject();
  }

  private static void counts(JsonGenerator out, String name, Map<?, Long> counts)
      throws IOException {
    out.writeObjectFieldStart(name);
    for (Map.Entry<?, Long> count : counts.entrySet()) {
      out.writeNumberField(count.getKey().toString(), count.getValue());
    }
    out.writeEndObject();
  }

  private static void passage(PrintStream out, String name, Passage passage) {
    if (passage.received() > 0) {
      line(
          out,
          name,
          "%,d received%s, %,d passed, %,d lost%s",
          passage.received(),
          passage.duplicated() == 0 ? "" : ", %,d duplicated".formatted(passage.duplicated()),
          passage.passed(),
          passage.lostInAll(),
          reasons(passage.lost()));
    }
  }

  private static Passage passage(Map<Direction, Passage> passages, Direction direction) {
    return passages.getOrDefault(direction, new Passage(0, 0, 0, 0, Map.of()));
  }

  private static String reasons(Map<?, Long> counts) {
    return counts.isEmpty()
        ? ""
        : counts.entrySet().stream()
            .map(count -> String.format(Locale.ROOT, "%s %,d", count.getKey(), count.getValue()))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private static void line(PrintStream out, String name, String format, Object... values) {
    out.printf(Locale.ROOT, "%-18s " + format + "%n", prepend(name, values));
  }

  private static Object[] prepend(String name, Object... values) {
    Object[] all = new Object[values.length + 1];
    all[0] = name;
    System.arraycopy(values, 0, all, 1, values.length);
    return all;
  }
}
