package io.tidemark.ingest.storage.embedded;

import io.tidemark.wire.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * The column in which one metric's values of one type are kept.
 *
 * @param column its name in QuestDB
 * @param metric the metric's
 * @param type what it holds
 */
record MetricColumn(String column, String metric, Type type) {

  /**
   * What a column holds. Each is of a QuestDB type that can be null, which BOOLEAN cannot: absent
   * must stay absent.
   */
  enum Type {
    NUMBER("DOUBLE", ""),
    TEXT("VARCHAR", ColumnNames.TEXT_SUFFIX),
    FLAG("INT", ColumnNames.FLAG_SUFFIX);

    private final String sqlType;
    private final String suffix;

    Type(String sqlType, String suffix) {
      this.sqlType = sqlType;
      this.suffix = suffix;
    }

    String sqlType() {
      return sqlType;
    }

    static Type of(Value value) {
      if (value instanceof Value.Num) {
        return NUMBER;
      }
      return value instanceof Value.Text ? TEXT : FLAG;
    }
  }

  static MetricColumn of(String metric, Value value) {
    Type type = Type.of(value);
    return new MetricColumn(ColumnNames.columnOf(metric, type.suffix), metric, type);
  }

  /**
   * The metric column that is called so. No metric's name ends in a suffix, so the suffix tells the
   * type.
   */
  static MetricColumn parse(String column) {
    for (Type type : new Type[] {Type.TEXT, Type.FLAG}) {
      if (column.endsWith(type.suffix)) {
        return new MetricColumn(column, ColumnNames.metricOf(column, type.suffix), type);
      }
    }
    return new MetricColumn(column, ColumnNames.metricOf(column, ""), Type.NUMBER);
  }

  /**
   * Those among a table's columns that hold numbers of some metrics, at most {@code most} in a
   * part.
   */
  static List<List<MetricColumn>> numbers(
      Collection<String> columns, Predicate<String> metrics, int most) {
    return parts(
        columns, column -> column.type() == Type.NUMBER && metrics.test(column.metric()), most);
  }

  /** Some of a table's columns, at most {@code most} in a part. */
  static List<List<MetricColumn>> parts(
      Collection<String> columns, Predicate<MetricColumn> some, int most) {
    List<MetricColumn> chosen = columns.stream().map(MetricColumn::parse).filter(some).toList();
    List<List<MetricColumn>> parts = new ArrayList<>();
    for (int i = 0; i < chosen.size(); i += most) {
      parts.add(chosen.subList(i, Math.min(chosen.size(), i + most)));
    }
    return parts;
  }
}
