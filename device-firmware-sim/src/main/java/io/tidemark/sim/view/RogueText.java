package io.tidemark.sim.view;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.sim.rogue.RogueSums;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** How what rogues came to is written: in the summary, in JSON, and in tables. */
public final class RogueText {
  /** Over what {@link #row} gives. */
  public static final List<String> COLUMNS =
      List.of(
          "kind",
          "rogues",
          "attempts",
          "refused",
          "disconnected",
          "ignored",
          "accepted",
          "unreachable",
          "still connected",
          "refused with");

  private RogueText() {}

  /** A line of a table. */
  public static List<String> row(RogueSums sums) {
    return List.of(
        sums.kind().id(),
        Numbers.count(sums.rogues()),
        Numbers.count(sums.attempts()),
        Numbers.count(sums.refusedInAll()),
        Numbers.count(sums.disconnected()),
        Numbers.count(sums.ignored()),
        Numbers.count(sums.accepted()),
        Numbers.count(sums.unreachable()),
        Numbers.count(sums.stillConnected()),
        codes(sums));
  }

  /** What of a kind was accepted first, in a sentence. */
  public static String accepted(RogueSums sums) {
    return "Accepted of %s, at first: %s.".formatted(sums.kind().id(), sums.firstAccepted());
  }

  /** All kinds together, in a line. */
  static String inAll(List<RogueSums> all) {
    return "%,d attempts, %,d refused, %,d disconnected, %,d accepted, %,d connected"
        .formatted(
            sum(all, RogueSums::attempts),
            sum(all, RogueSums::refusedInAll),
            sum(all, RogueSums::disconnected),
            sum(all, RogueSums::accepted),
            sum(all, RogueSums::stillConnected));
  }

  private static long sum(List<RogueSums> all, ToLongFunction<RogueSums> part) {
    return all.stream().mapToLong(part).sum();
  }

  /** A name and a text for each line of the summary. */
  static Map<String, String> lines(List<RogueSums> all) {
    Map<String, String> lines = new LinkedHashMap<>();
    for (RogueSums sums : all) {
      StringBuilder text = new StringBuilder("%,d attempts".formatted(sums.attempts()));
      part(text, sums.refusedInAll(), "refused " + sums.refused());
      part(text, sums.disconnected(), "disconnected");
      part(text, sums.ignored(), "ignored");
      part(text, sums.accepted(), "ACCEPTED (first: %s)".formatted(sums.firstAccepted()));
      part(text, sums.unreachable(), "unreachable");
      part(text, sums.stillConnected(), "still connected");
      lines.put("rogue " + sums.kind().id(), text.toString());
    }
    return lines;
  }

  private static void part(StringBuilder text, long count, String what) {
    if (count > 0) {
      text.append(", %,d ".formatted(count)).append(what);
    }
  }

  private static String codes(RogueSums sums) {
    return sums.refused().entrySet().stream()
        .map(code -> "%,d %s".formatted(code.getValue(), code.getKey()))
        .collect(Collectors.joining(", "));
  }

  /** The field {@code rogues}. */
  static void write(JsonGenerator out, List<RogueSums> all) throws IOException {
    out.writeArrayFieldStart("rogues");
    for (RogueSums sums : all) {
      out.writeStartObject();
      out.writeStringField("kind", sums.kind().id());
      out.writeNumberField("rogues", sums.rogues());
      out.writeNumberField("attempts", sums.attempts());
      out.writeNumberField("refused", sums.refusedInAll());
      out.writeNumberField("disconnected", sums.disconnected());
      out.writeNumberField("ignored", sums.ignored());
      out.writeNumberField("accepted", sums.accepted());
      out.writeNumberField("unreachable", sums.unreachable());
      out.writeNumberField("stillConnected", sums.stillConnected());
      out.writeObjectFieldStart("refusedByCode");
      for (Map.Entry<String, Long> code : sums.refused().entrySet()) {
        out.writeNumberField(code.getKey(), code.getValue());
      }
      out.writeEndObject();
      if (!sums.firstAccepted().isEmpty()) {
        out.writeStringField("firstAccepted", sums.firstAccepted());
      }
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
