package io.tidemark.sim.report;

import io.tidemark.sim.view.Numbers;
import io.tidemark.sim.view.Percentiles;
import io.tidemark.sim.view.Point;
import io.tidemark.sim.view.RunReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The plots of a run, and the table that says the same in numbers. */
final class RunPlots {
  private static final Map<String, ToDoubleFunction<Percentiles>> PERCENTILES = percentiles();

  /** The table's columns, by their names; each in the unit its name says. */
  static final Map<String, Function<Point, String>> COLUMNS = columns();

  private RunPlots() {}

  static List<Plot> of(RunReport run) {
    List<Plot> plots = new ArrayList<>();
    List<Point> points = run.history().points();
    plots.add(
        new Plot(
            "Throughput",
            "readings per second",
            "",
            false,
            List.of(
                line(
                    "produced", "produced", mean(run, run.total().produced()), Point::producedRate),
                line(
                    "acknowledged",
                    "acknowledged",
                    mean(run, run.total().acknowledged()),
                    Point::acknowledgedRate))));
    if (run.latency().count() > 0) {
      String due = "from when a batch was due to its acknowledgement";
      plots.add(times("Latency", due, "latency", run.latency(), Point::latency));
    }
    String sent = "from a batch's sending to its acknowledgement";
    plots.add(times("Response", sent, "response", run.response(), Point::response));
    plots.add(
        new Plot(
            "Backlog",
            "readings",
            "produced and not acknowledged",
            false,
            List.of(
                line("waiting", "waiting", most(points, Point::waitingMost), Point::waitingMost))));
    plots.add(
        new Plot(
            "Connections",
            "devices",
            "",
            false,
            List.of(
                line(
                    "connected",
                    "connected",
                    most(points, Point::connectedLeast),
                    Point::connectedLeast))));
    plots.add(
        new Plot(
            "The simulator itself",
            "processors; seconds",
            "a load is only as good as what makes it",
            false,
            List.of(
                line(
                    "processors",
                    "processors",
                    Numbers.about(run.history().meanProcessors()) + " on average",
                    Point::processors),
                line(
                    "behind, s",
                    "behind",
                    "at most "
                        + Numbers.about(
                            points.stream().mapToDouble(Point::behindMost).max().orElse(0)),
                    Point::behindMost))));
    return plots;
  }

  private static Plot times(
      String title, String note, String kind, Percentiles whole, Function<Point, Percentiles> of) {
    List<Plot.Series> series = new ArrayList<>();
    PERCENTILES.forEach(
        (name, value) ->
            series.add(
                new Plot.Series(
                    name,
                    name.replace(".", ""),
                    Numbers.about(value.applyAsDouble(whole)),
                    column(kind + " " + name),
                    point -> {
                      Percentiles measured = of.apply(point);
                      return measured.count() == 0 ? Double.NaN : value.applyAsDouble(measured);
                    })));
    Collections.reverse(series); // the largest below the others
    return new Plot(title, "milliseconds", note, true, series);
  }

  private static Plot.Series line(
      String column, String style, String whole, ToDoubleFunction<Point> value) {
    String name = column.replaceFirst(",.*", "");
    return new Plot.Series(name, style, whole, column(column), value);
  }

  private static int column(String name) {
    int at = List.copyOf(COLUMNS.keySet()).indexOf(name);
    if (at < 0) {
      throw new IllegalStateException("the table has no column " + name);
    }
    return at;
  }

  private static String mean(RunReport run, long readings) {
    double seconds = Math.max(run.history().seconds(), 1e-3);
    return Numbers.whole(readings / seconds) + " on average";
  }

  private static String most(List<Point> points, ToDoubleFunction<Point> value) {
    return "at most " + Numbers.whole(points.stream().mapToDouble(value).max().orElse(0));
  }

  private static Map<String, Function<Point, String>> columns() {
    Map<String, Function<Point, String>> columns = new LinkedHashMap<>();
    columns.put("until", p -> Numbers.clock(p.to()));
    columns.put("produced", p -> Numbers.whole(p.producedRate()));
    columns.put("acknowledged", p -> Numbers.whole(p.acknowledgedRate()));
    times(columns, "latency", Point::latency);
    times(columns, "response", Point::response);
    columns.put("waiting", p -> Numbers.count(p.waitingMost()));
    columns.put("connected", p -> Numbers.count(p.connectedLeast()));
    columns.put("processors", p -> Numbers.about(p.processors()));
    columns.put("behind, s", p -> Numbers.about(p.behindMost()));
    return columns;
  }

  private static void times(
      Map<String, Function<Point, String>> columns, String kind, Function<Point, Percentiles> of) {
    PERCENTILES.forEach(
        (name, value) ->
            columns.put(
                kind + " " + name,
                point -> {
                  Percentiles measured = of.apply(point);
                  return measured.count() == 0 ? "-" : Numbers.about(value.applyAsDouble(measured));
                }));
  }

  private static Map<String, ToDoubleFunction<Percentiles>> percentiles() {
    Map<String, ToDoubleFunction<Percentiles>> all = new LinkedHashMap<>();
    all.put("p50", Percentiles::p50);
    all.put("p90", Percentiles::p90);
    all.put("p99", Percentiles::p99);
    all.put("p99.9", Percentiles::p999);
    all.put("max", Percentiles::max);
    return all;
  }
}
