package io.tidemark.sim.csv;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How a file is to be read. What is null or empty is recognised from the file.
 *
 * @param separator between cells
 * @param time the column with the times and how they are written, {@code
 *     COLUMN[+COLUMN...][:FORMAT]}
 * @param zone of times that do not say one
 * @param columns what is taken, each {@code NAME[=METRIC[:TYPE][@SENSOR[/KIND]]]}
 * @param deviceColumn says of which device a row is
 * @param absent cells that stand for no value, besides those that always do
 * @param decimalComma numbers have a comma, not a point
 * @param sensor of columns that name none
 */
public record CsvOptions(
    @Nullable Character separator,
    @Nullable String time,
    ZoneId zone,
    List<String> columns,
    @Nullable String deviceColumn,
    Set<String> absent,
    boolean decimalComma,
    String sensor) {

  /** Copies the collections. */
  public CsvOptions {
    columns = List.copyOf(columns);
    absent = Set.copyOf(absent);
  }

  /** Everything is recognised. */
  public static CsvOptions recognised(String sensor) {
    return new CsvOptions(null, null, ZoneOffset.UTC, List.of(), null, Set.of(), false, sensor);
  }

  /** What was told, by the flags that tell it; the sensor is left out. */
  public Map<String, String> told() {
    Map<String, String> told = new TreeMap<>();
    if (separator != null) {
      told.put("separator", separator.toString());
    }
    if (time != null) {
      told.put("time", time);
    }
    if (!zone.equals(ZoneOffset.UTC)) {
      told.put("zone", zone.getId());
    }
    if (!columns.isEmpty()) {
      told.put("column", String.join(" ", columns));
    }
    if (deviceColumn != null) {
      told.put("device-column", deviceColumn);
    }
    if (!absent.isEmpty()) {
      told.put("absent", String.join(" ", new TreeSet<>(absent)));
    }
    if (decimalComma) {
      told.put("decimal-comma", "true");
    }
    return told;
  }
}
