package io.tidemark.gateway.intake.foreign;

import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Readings in SenML (RFC 8428), from records in JSON or CBOR. Records of one sensor and time become
 * one reading. Before the last {@code /} of a name is the sensor, after it the metric. Belongs to
 * one payload.
 */
final class SenmlReadings {
  /** Smaller times are relative to now (section 4.5.3). */
  private static final double ABSOLUTE_MIN = 1L << 28;

  private static final int VERSION = 10;
  private static final String SUMS =
      "sums (s, bs) are not taken: send the value itself (v), from which sums can be made";

  /** Labels in CBOR (section 6, table 4). */
  private static final Map<String, String> CBOR_LABELS =
      Map.ofEntries(
          Map.entry("-1", "bver"),
          Map.entry("-2", "bn"),
          Map.entry("-3", "bt"),
          Map.entry("-4", "bu"),
          Map.entry("-5", "bv"),
          Map.entry("-6", "bs"),
          Map.entry("0", "n"),
          Map.entry("1", "u"),
          Map.entry("2", "v"),
          Map.entry("3", "vs"),
          Map.entry("4", "vb"),
          Map.entry("5", "s"),
          Map.entry("6", "t"),
          Map.entry("7", "ut"),
          Map.entry("8", "vd"));

  private static final Set<String> VALUES = Set.of("v", "vs", "vb", "vd", "s");

  private final Instant now;
  private final Map<Group, List<Map<String, Value>>> groups = new LinkedHashMap<>();
  private String baseName = "";
  private double baseTime;
  private @Nullable Double baseValue;
  private long version = VERSION;
  private boolean first = true;

  private SenmlReadings(Instant now) {
    this.now = now;
  }

  /** Whose values stand in one reading. */
  private record Group(String sensor, @Nullable Long timeMillis) {}

  /** True if a record of JSON is one of SenML. */
  static boolean isSenml(Map<String, Item> record) {
    return record.containsKey("n") || record.containsKey("bn");
  }

  /** Records of CBOR under their labels in JSON. */
  static List<Map<String, Item>> labelled(List<Map<String, Item>> records) {
    List<Map<String, Item>> labelled = new ArrayList<>(records.size());
    for (Map<String, Item> record : records) {
      Map<String, Item> renamed = new LinkedHashMap<>();
      record.forEach((name, item) -> renamed.put(CBOR_LABELS.getOrDefault(name, name), item));
      labelled.add(renamed);
    }
    return labelled;
  }

  static List<ForeignReading> of(List<Map<String, Item>> records, Instant now)
      throws ForeignFormatException {
    SenmlReadings readings = new SenmlReadings(now);
    for (int i = 0; i < records.size(); i++) {
      try {
        readings.add(records.get(i));
      } catch (ForeignFormatException e) {
        throw new ForeignFormatException("record %d: %s".formatted(i + 1, e.getMessage()));
      }
    }
    if (readings.groups.isEmpty()) {
      throw new ForeignFormatException("no record has a value");
    }
    return readings.all();
  }

  private List<ForeignReading> all() {
    List<ForeignReading> all = new ArrayList<>();
    groups.forEach(
        (group, readings) ->
            readings.forEach(
                values ->
                    all.add(
                        new ForeignReading(
                            group.sensor,
                            ForeignReading.DEFAULT_KIND,
                            group.timeMillis,
                            values,
                            null))));
    return all;
  }

  private void add(Map<String, Item> record) throws ForeignFormatException {
    check(record);
    readBases(record);
    String name = baseName + text(record, "n", "");
    Value value = value(record, name);
    if (value == null) {
      return;
    }
    if (name.isEmpty()) {
      throw new ForeignFormatException("a value without a name: give n, or bn before it");
    }
    if (!Character.isLetterOrDigit(name.charAt(0))) {
      throw new ForeignFormatException(
          "a name begins with a letter or a digit (RFC 8428, 4.5.1), but \"%s\" does not"
              .formatted(RecordReader.shown(name)));
    }
    int slash = name.lastIndexOf('/');
    String sensor =
        slash < 0
            ? ForeignReading.DEFAULT_SENSOR
            : JsonReadings.requireName("sensor", plain(name.substring(0, slash)));
    String metric = JsonReadings.requireName("metric", plain(name.substring(slash + 1)));
    put(new Group(sensor, time(record)), metric, value);
  }

  /** SenML's names may have {@code :} and {@code /} (section 4.5.1), ours neither. */
  private static String plain(String name) {
    return name.replace(':', '.').replace('/', '.');
  }

  private void put(Group group, String metric, Value value) {
    List<Map<String, Value>> readings = groups.computeIfAbsent(group, g -> new ArrayList<>(1));
    for (Map<String, Value> reading : readings) {
      if (reading.putIfAbsent(metric, value) == null) {
        return;
      }
    }
    // The same metric once more at the same time: a reading of its own.
    Map<String, Value> another = new LinkedHashMap<>();
    another.put(metric, value);
    readings.add(another);
  }

  private void check(Map<String, Item> record) throws ForeignFormatException {
    for (String label : record.keySet()) {
      if (label.endsWith("_")) {
        throw new ForeignFormatException(
            "%s has to be understood (RFC 8428, 4.4), and is not"
                .formatted(RecordReader.shown(label)));
      }
    }
    if (record.containsKey("s") || record.containsKey("bs")) {
      throw new ForeignFormatException(SUMS);
    }
    Item its = record.get("bver");
    if (its != null) {
      long given = its instanceof Item.Whole whole ? whole.value() : -1;
      if (given < 1 || given > VERSION || (!first && given != version)) {
        throw new ForeignFormatException(
            "bver must be 1 to %d and the same in all records".formatted(VERSION));
      }
      version = given;
    }
    first = false;
  }

  /** Base values hold from their record on until they are given again (section 4.1). */
  private void readBases(Map<String, Item> record) throws ForeignFormatException {
    baseName = text(record, "bn", baseName);
    Double time = number(record, "bt");
    baseTime = time == null ? baseTime : time;
    Double value = number(record, "bv");
    baseValue = value == null ? baseValue : value;
  }

  private @Nullable Value value(Map<String, Item> record, String name)
      throws ForeignFormatException {
    List<String> given = record.keySet().stream().filter(VALUES::contains).toList();
    if (given.size() > 1) {
      throw new ForeignFormatException("one value a record, but it has " + given);
    }
    if (given.isEmpty()) {
      // A record of bases alone says nothing; one with a name has the base value.
      return record.containsKey("n") ? ofBase() : null;
    }
    String label = given.get(0);
    Item item = record.get(label);
    if (label.equals("v")) {
      double own = required(record, "v");
      // Without a base nothing is added, not even 0, which would take the sign of -0.
      double sum = baseValue == null ? own : baseValue + own;
      if (!Double.isFinite(sum)) {
        throw new ForeignFormatException("bv and v together are no finite number");
      }
      return Value.of(sum);
    }
    if (label.equals("vs") && item instanceof Item.Text text) {
      return JsonReadings.value(name, text);
    }
    if (label.equals("vb") && item instanceof Item.Flag flag) {
      return JsonReadings.value(name, flag);
    }
    throw new ForeignFormatException(
        label.equals("vd")
            ? "data values (vd) are not taken: send numbers (v), texts (vs) or flags (vb)"
            : label + " has another type than it must have");
  }

  private Value ofBase() throws ForeignFormatException {
    if (baseValue == null) {
      throw new ForeignFormatException("a name without a value: give v, vs or vb");
    }
    return Value.of(baseValue);
  }

  /** Null for now: bt and t are both left out or 0, and the gateway's clock counts. */
  private @Nullable Long time(Map<String, Item> record) throws ForeignFormatException {
    Double own = number(record, "t");
    double time = baseTime + (own == null ? 0 : own);
    if (time == 0) {
      return null;
    }
    return time < ABSOLUTE_MIN ? Times.millis(now.toEpochMilli() / 1e3 + time) : Times.millis(time);
  }

  private static double required(Map<String, Item> record, String label)
      throws ForeignFormatException {
    Double number = number(record, label);
    if (number == null) {
      throw new ForeignFormatException(label + " must be a number");
    }
    return number;
  }

  private static @Nullable Double number(Map<String, Item> record, String label)
      throws ForeignFormatException {
    Item item = record.get(label);
    if (item == null) {
      return null;
    }
    if (item instanceof Item.Whole whole) {
      return (double) whole.value();
    }
    if (item instanceof Item.Real real) {
      return real.value();
    }
    throw new ForeignFormatException(label + " must be a number");
  }

  private static String text(Map<String, Item> record, String label, String absent)
      throws ForeignFormatException {
    Item item = record.get(label);
    if (item == null) {
      return absent;
    }
    if (item instanceof Item.Text text) {
      return text.value();
    }
    throw new ForeignFormatException(label + " must be a text");
  }
}
