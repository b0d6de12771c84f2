package io.tidemark.sim.verify;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tidemark.sim.verify.DeviceLedger.EpochLedger;
import io.tidemark.sim.verify.DeviceLedger.GroupReport;
import io.tidemark.sim.verify.DeviceLedger.Range;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Value;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the API's JSON, field by field; fields it does not know are passed over. */
final class ApiJson {
  /** Reads what begins at the parser's current token, and leaves it at that thing's last token. */
  @FunctionalInterface
  interface Element<T> {
    T read(JsonParser parser) throws IOException;
  }

  @FunctionalInterface
  private interface Field {
    void read(String name) throws IOException;
  }

  /** A page of a list. */
  record Page<T>(List<T> items, @Nullable String next) {}

  /** JSON that is not what the API promises. */
  static final class UnexpectedException extends IOException {
    private static final long serialVersionUID = 1L;

    UnexpectedException(String problem) {
      super(problem);
    }
  }

  private ApiJson() {}

  static <T> Page<T> page(JsonParser in, Element<T> element) throws IOException {
    List<T> items = new ArrayList<>();
    @Nullable String[] next = new String[1];
    boolean[] found = new boolean[1];
    object(
        in,
        name -> {
          if (name.equals("items")) {
            found[0] = true;
            array(in, () -> items.add(element.read(in)));
          } else if (name.equals("next")) {
            next[0] = in.currentToken() == JsonToken.VALUE_NULL ? null : in.getText();
          } else {
            in.skipChildren();
          }
        });
    require(found[0], "a list without \"items\"");
    return new Page<>(items, next[0]);
  }

  static String device(JsonParser in) throws IOException {
    @Nullable String[] device = new String[1];
    object(
        in,
        name -> {
          if (name.equals("device")) {
            device[0] = in.getText();
          } else {
            in.skipChildren();
          }
        });
    return present(device[0], "device");
  }

  static Row row(JsonParser in) throws IOException {
    Map<String, Value> values = new LinkedHashMap<>();
    Map<String, String> texts = new HashMap<>();
    Map<String, Long> numbers = new HashMap<>();
    object(
        in,
        name -> {
          switch (name) {
            case "sensor", "kind", "time" -> texts.put(name, in.getText());
            case "epoch", "sequence" -> numbers.put(name, in.getLongValue());
            case "values" -> object(in, metric -> values.put(metric, value(in)));
            default -> in.skipChildren();
          }
        });
    return new Row(
        present(texts.get("sensor"), "sensor"),
        present(texts.get("kind"), "kind"),
        present(numbers.get("epoch"), "epoch"),
        present(numbers.get("sequence"), "sequence"),
        nanos(present(texts.get("time"), "time")),
        values);
  }

  static DeviceLedger ledger(JsonParser in) throws IOException {
    Map<Long, EpochLedger> epochs = new HashMap<>();
    long[] redelivered = new long[1];
    object(
        in,
        name -> {
          switch (name) {
            case "totals" ->
                object(
                    in,
                    total -> {
                      if (total.equals("redelivered")) {
                        redelivered[0] = in.getLongValue();
                      } else {
                        in.skipChildren();
                      }
                    });
            case "epochs" -> array(in, () -> epoch(in, epochs));
            default -> in.skipChildren();
          }
        });
    return new DeviceLedger(redelivered[0], epochs);
  }

  /**
   * One item of the quarantine; where it has no number of its own, its payload says which it is
   * about.
   */
  static QuarantinedItem quarantined(JsonParser in) throws IOException {
    Map<String, Long> numbers = new HashMap<>();
    @Nullable String[] base64 = new String[1];
    object(
        in,
        name -> {
          if (in.currentToken() == JsonToken.VALUE_NULL) {
            return;
          }
          switch (name) {
            case "epoch", "sequence" -> numbers.put(name, in.getLongValue());
            case "payloadBase64" -> base64[0] = in.getText();
            default -> in.skipChildren();
          }
        });
    byte[] payload = base64[0] == null ? null : payload(base64[0]);
    Long epoch = numbers.get("epoch");
    Long sequence = numbers.get("sequence");
    if (epoch != null && sequence != null) {
      return new QuarantinedItem(new QuarantinedItem.Numbers(epoch, sequence, sequence), payload);
    }
    return new QuarantinedItem(payload == null ? null : numbersOf(payload), payload);
  }

  private static byte[] payload(String base64) throws UnexpectedException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new UnexpectedException("payloadBase64 is not Base64: " + e.getMessage());
    }
  }

  private static QuarantinedItem.@Nullable Numbers numbersOf(byte[] payload) {
    try {
      BatchHeader header = BatchCodec.readHeader(payload);
      return new QuarantinedItem.Numbers(
          header.epoch(), header.firstSequence(), header.firstSequence() + header.count() - 1);
    } catch (WireFormatException e) {
      return null; // quarantined because it cannot be decoded: as it should be
    }
  }

  /** The gateway groups of the ledger of all devices, by name. */
  static Map<String, GroupReport> groups(JsonParser in) throws IOException {
    Map<String, GroupReport> groups = new HashMap<>();
    object(
        in,
        name -> {
          if (name.equals("groups")) {
            array(in, () -> group(in, groups));
          } else {
            in.skipChildren();
          }
        });
    return groups;
  }

  private static void group(JsonParser in, Map<String, GroupReport> groups) throws IOException {
    Map<String, Long> indexes = new HashMap<>();
    @Nullable String[] group = new String[1];
    object(
        in,
        name -> {
          switch (name) {
            case "group" -> group[0] = in.getText();
            case "committedIndex", "forwardedIndex" -> indexes.put(name, in.getLongValue());
            default -> in.skipChildren();
          }
        });
    groups.put(
        present(group[0], "group"),
        new GroupReport(
            present(indexes.get("committedIndex"), "committedIndex"),
            present(indexes.get("forwardedIndex"), "forwardedIndex")));
  }

  private static void epoch(JsonParser in, Map<Long, EpochLedger> epochs) throws IOException {
    Map<String, Long> numbers = new HashMap<>();
    List<Range> missing = new ArrayList<>();
    List<Range> dropped = new ArrayList<>();
    object(
        in,
        name -> {
          switch (name) {
            case "epoch", "produced", "waiting" -> numbers.put(name, in.getLongValue());
            case "missingRanges" -> array(in, () -> missing.add(range(in)));
            case "droppedRanges" -> array(in, () -> dropped.add(range(in)));
            default -> in.skipChildren();
          }
        });
    epochs.put(
        present(numbers.get("epoch"), "epoch"),
        new EpochLedger(
            present(numbers.get("produced"), "produced"),
            present(numbers.get("waiting"), "waiting"),
            missing,
            dropped));
  }

  private static Range range(JsonParser in) throws IOException {
    Map<String, Long> ends = new HashMap<>();
    object(
        in,
        name -> {
          if (name.equals("first") || name.equals("last")) {
            ends.put(name, in.getLongValue());
          } else {
            in.skipChildren();
          }
        });
    return new Range(present(ends.get("first"), "first"), present(ends.get("last"), "last"));
  }

  private static Value value(JsonParser in) throws IOException {
    return switch (in.currentToken()) {
      case VALUE_TRUE -> Value.of(true);
      case VALUE_FALSE -> Value.of(false);
      case VALUE_STRING -> Value.of(in.getText());
      // From the text, so that a whole number and -0 come out as the doubles they are.
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Value.of(Double.parseDouble(in.getText()));
      default -> throw new UnexpectedException("a value that is " + in.currentToken());
    };
  }

  private static long nanos(String time) throws UnexpectedException {
    try {
      Instant at = Instant.parse(time);
      return Math.addExact(
          Math.multiplyExact(at.getEpochSecond(), 1_000_000_000L), (long) at.getNano());
    } catch (DateTimeException | ArithmeticException e) {
      throw new UnexpectedException("a time that is not RFC 3339 in UTC: " + time);
    }
  }

  private static void object(JsonParser in, Field field) throws IOException {
    require(in.currentToken() == JsonToken.START_OBJECT, "no object where one should be");
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      in.nextToken();
      field.read(name);
    }
    require(in.currentToken() == JsonToken.END_OBJECT, "an object that does not end");
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private static void array(JsonParser in, Step element) throws IOException {
    require(in.currentToken() == JsonToken.START_ARRAY, "no array where one should be");
    while (in.nextToken() != JsonToken.END_ARRAY) {
      require(in.currentToken() != null, "an array that does not end");
      element.run();
    }
  }

  private static <T> T present(@Nullable T value, String name) throws UnexpectedException {
    if (value == null) {
      throw new UnexpectedException("no \"" + name + "\" where one should be");
    }
    return value;
  }

  private static void require(boolean condition, String otherwise) throws UnexpectedException {
    if (!condition) {
      throw new UnexpectedException(otherwise);
    }
  }
}
