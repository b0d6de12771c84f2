package io.tidemark.ingest.storage.influx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.ingest.storage.Row;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which lines a refusal is about, as far as it says: so that they need not be found by halving.
 *
 * @param suspects lines it can be about; all others are not at fault. All of them if it does not
 *     say.
 * @param certain true if every suspect is at fault
 * @param reason the reason for those at fault
 */
record Blame(List<Line> suspects, boolean certain, String reason) {
  static final String TYPE_CONFLICT = "type_conflict";
  static final String BEYOND_RETENTION = "beyond_retention";
  static final String REFUSED = "store_refused";

  /** 1.x and 2.x. */
  private static final Pattern CONFLICT =
      Pattern.compile(
          "field type conflict: input field \"(.+?)\" on measurement \"(.+?)\" is type .*?(?:dropped=(\\d+))?$");

  /** 1.x and 2.x. */
  private static final Pattern BEYOND =
      Pattern.compile("beyond retention policy(?:.*?dropped=(\\d+))?");

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads a refusal.
   *
   * @param keptFromNanos rows before this time are beyond retention by now; {@link Long#MIN_VALUE}
   *     if none is
   */
  static Blame of(RefusedException refused, List<Line> lines, long keptFromNanos) {
    Matcher conflict = CONFLICT.matcher(refused.reason());
    if (conflict.find()) {
      List<Line> suspects =
          lines.stream()
              .filter(line -> line.row().reading().kind().equals(conflict.group(2)))
              .filter(line -> hasField(line.row(), conflict.group(1)))
              .toList();
      return about(suspects, conflict.group(3), lines, TYPE_CONFLICT);
    }
    Matcher beyond = BEYOND.matcher(refused.reason());
    if (beyond.find()) {
      List<Line> suspects =
          lines.stream().filter(line -> line.row().reading().timeNanos() < keptFromNanos).toList();
      return about(suspects, beyond.group(1), lines, BEYOND_RETENTION);
    }
    List<Line> named = named(refused.reason(), lines);
    return named.isEmpty() ? new Blame(lines, false, REFUSED) : new Blame(named, true, REFUSED);
  }

  private static Blame about(
      List<Line> suspects, @Nullable String dropped, List<Line> lines, String reason) {
    if (suspects.isEmpty()) {
      return new Blame(lines, false, reason);
    }
    return new Blame(suspects, Integer.toString(suspects.size()).equals(dropped), reason);
  }

  private static boolean hasField(Row row, String field) {
    for (Map.Entry<String, Value> value : row.reading().values().entrySet()) {
      LineBytes name = new LineBytes(value.getKey().length());
      LineProtocol.fieldName(name, value.getKey(), value.getValue());
      if (field.equals(name.toString())) {
        return true;
      }
    }
    return false;
  }

  /** 3 names lines by number, from 1: {@code [{"line_number":2,...}]} behind the message. */
  private static List<Line> named(String message, List<Line> lines) {
    int start = message.indexOf('[');
    if (start < 0 || !message.contains("line_number")) {
      return List.of();
    }
    Set<Integer> numbers = new HashSet<>();
    try {
      JSON.readTree(message.substring(start))
          .forEach((JsonNode error) -> numbers.add(error.path("line_number").asInt()));
    } catch (IOException e) {
      return List.of(); // cut off, or another form: halving finds them
    }
    List<Line> named = new ArrayList<>();
    for (int number : numbers) {
      if (number < 1 || number > lines.size()) {
        return List.of();
      }
      named.add(lines.get(number - 1));
    }
    return named;
  }
}
