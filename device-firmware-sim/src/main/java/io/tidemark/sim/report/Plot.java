package io.tidemark.sim.report;

import io.tidemark.sim.view.Band;
import io.tidemark.sim.view.History;
import io.tidemark.sim.view.Numbers;
import io.tidemark.sim.view.Point;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * A plot over the time of a run. The drawing is stretched to the page's width; its labels are text
 * beside it, which is not, so that it can be read on a phone.
 *
 * @param title what is drawn
 * @param unit of the values
 * @param note more about it, may be empty
 * @param isLog see {@link Axis#isLog}; values of 0 are then left out
 * @param series in the order in which they are drawn, each over those before
 */
record Plot(String title, String unit, String note, boolean isLog, List<Series> series) {
  private static final int TICKS_MAX = 5;
  private static final int TIME_TICKS_MAX = 7;

  /** The drawing's own units, whatever size it has on the page. */
  private static final double SIZE = 1000;

  /** How wide a moment is drawn. */
  private static final double MOMENT = 2;

  /**
   * A line.
   *
   * @param style its class in the style sheet
   * @param whole what its legend says of the whole run
   * @param column of the table of numbers that has its values
   * @param value not a number where there is none
   */
  record Series(
      String name, String style, String whole, int column, ToDoubleFunction<Point> value) {}

  void write(Markup out, History history) {
    Axis y = axis(history.points());
    Axis x = Axis.time(Math.max(history.seconds(), 1e-3), TIME_TICKS_MAX);
    out.open("figure", "class", "plot");
    out.open("figcaption").leaf("h3", title).leaf("span", unit, "class", "unit");
    if (!note.isEmpty()) {
      out.leaf("span", note, "class", "note");
    }
    legend(out);
    out.close();
    out.open("div", "class", "area");
    draw(out, history, x, y);
    for (double tick : y.ticks()) {
      String place = percent("bottom", y.position(tick));
      out.leaf("span", Numbers.round(tick), "class", "y", "style", place, "aria-hidden", "true");
    }
    for (double tick : x.ticks()) {
      String place = percent("left", x.position(tick));
      out.leaf("span", Numbers.clock(tick), "class", "x", "style", place, "aria-hidden", "true");
    }
    out.leaf("span", "", "class", "cursor", "aria-hidden", "true");
    out.close().close();
  }

  private Axis axis(List<Point> points) {
    double most = 0;
    double least = Double.MAX_VALUE;
    for (Series line : series) {
      for (Point point : points) {
        double value = line.value().applyAsDouble(point);
        most = Math.max(most, value > 0 ? value : 0);
        least = Math.min(least, value > 0 ? value : least);
      }
    }
    return isLog && most > 0 ? Axis.log(least, most) : Axis.linear(most, TICKS_MAX);
  }

  private void legend(Markup out) {
    out.open("ul", "class", "legend");
    for (Series line : series.stream().sorted(Comparator.comparingInt(Series::column)).toList()) {
      out.open("li").open("svg", "class", "key", "viewBox", "0 0 20 8", "aria-hidden", "true");
      out.empty("path", "class", "line " + line.style(), "d", "M0 4H20").close();
      out.text(line.name() + " ");
      out.leaf("b", line.whole(), "data-column", Integer.toString(line.column()));
      out.close();
    }
    out.close();
  }

  private void draw(Markup out, History history, Axis x, Axis y) {
    out.open(
        "svg",
        "viewBox",
        "0 0 1000 1000",
        "preserveAspectRatio",
        "none",
        "role",
        "img",
        "aria-label",
        spoken());
    for (Band band : history.shaded()) {
      double from = x.position(band.from()) * SIZE;
      double to = Math.max(from + MOMENT, x.position(band.to()) * SIZE);
      String style = "band " + band.kind().name().toLowerCase(Locale.ROOT);
      String box = "M%s 0H%sV1000H%sZ".formatted(number(from), number(to), number(from));
      out.open("path", "class", style, "d", box).leaf("title", band.name()).close();
    }
    for (double tick : y.ticks()) {
      String d = "M0 %sH1000".formatted(number((1 - y.position(tick)) * SIZE));
      out.empty("path", "class", "grid", "d", d);
    }
    out.empty("path", "class", "base", "d", "M0 1000H1000");
    for (Series line : series) {
      out.empty("path", "class", "line " + line.style(), "d", steps(line, history.points(), x, y));
    }
    out.close();
  }

  /** Each value holds for its whole interval, as that is what was measured; gaps are gaps. */
  private String steps(Series line, List<Point> points, Axis x, Axis y) {
    StringBuilder path = new StringBuilder();
    boolean joined = false;
    for (Point point : points) {
      double value = line.value().applyAsDouble(point);
      if (Double.isNaN(value) || (isLog && value <= 0)) {
        joined = false;
        continue;
      }
      if (!joined) {
        path.append('M').append(number(x.position(point.from()) * SIZE)).append(' ');
      } else {
        path.append('V');
      }
      path.append(number((1 - y.position(value)) * SIZE));
      path.append('H').append(number(x.position(point.to()) * SIZE));
      joined = true;
    }
    return path.toString();
  }

  private String spoken() {
    StringBuilder text = new StringBuilder(title + " over time, in " + unit + ". ");
    for (Series line : series) {
      text.append(line.name()).append(": ").append(line.whole()).append(". ");
    }
    return text.append("The table of all numbers is at the end of the page.").toString();
  }

  private static String percent(String side, double position) {
    return String.format(Locale.ROOT, "%s:%.2f%%", side, position * 100);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "");
  }
}
