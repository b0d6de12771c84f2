package io.tidemark.deploy;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A hand at one chart of a page, with a mouse or, on a phone, with fingers: what these do is left
 * to the browser's engine, which scrolls the page with them unless the chart has a use for them.
 * Places are parts of the plot's width, from 0 to 1.
 */
final class ChartHand {
  private static final int STEPS = 6;
  private static final double STEP_SECONDS = 0.02;
  private static final double REST_SECONDS = 0.3;

  private final Page page;
  private final Locator chart;
  private final Locator plot;

  ChartHand(Page page, int nth) {
    this.page = page;
    chart = page.locator("tm-chart").nth(nth);
    plot = chart.locator(".u-over");
  }

  /** From and to of what the chart shows, in seconds since 1970. */
  double[] shown() {
    List<?> scale = (List<?>) chart.evaluate("c => [c.plot.scales.x.min, c.plot.scales.x.max]");
    return scale.stream().mapToDouble(end -> ((Number) end).doubleValue()).toArray();
  }

  double shownSeconds() {
    double[] shown = shown();
    return shown[1] - shown[0];
  }

  void drag(double from, double to) {
    press(from);
    moveTo(to);
    page.mouse().up();
  }

  /** The mouse is kept down. */
  void press(double at) {
    moveTo(at);
    page.mouse().down();
  }

  void moveTo(double at) {
    double[] to = point(at);
    page.mouse().move(to[0], to[1]);
  }

  /** One finger, sideways. */
  void swipe(double from, double to) {
    swipe(new double[][] {point(from)}, new double[][] {point(to)});
  }

  /** Two of them at once. */
  void swipe(double from, double to, double otherFrom, double otherTo) {
    swipe(
        new double[][] {point(from), point(otherFrom)}, new double[][] {point(to), point(otherTo)});
  }

  /** One finger that begins on the chart, upwards by so many pixels. */
  void swipeUp(double pixels) {
    double[] from = point(0.5);
    swipe(new double[][] {from}, new double[][] {{from[0], from[1] - pixels}});
  }

  /** Rests at the end, as nothing is to roll on: the next tap would only stop it. */
  private void swipe(double[][] from, double[][] to) {
    CDPSession devTools = page.context().newCDPSession(page);
    double began = System.currentTimeMillis() / 1000.0 - STEPS * STEP_SECONDS - REST_SECONDS;
    touch(devTools, "touchStart", at(from, to, 0), began);
    for (int step = 1; step <= STEPS; step++) {
      double[][] fingers = at(from, to, (double) step / STEPS);
      touch(devTools, "touchMove", fingers, began + step * STEP_SECONDS);
    }
    touch(devTools, "touchEnd", new double[0][], began + STEPS * STEP_SECONDS + REST_SECONDS);
    devTools.detach();
  }

  /** Where each finger is after that part of its way. */
  private static double[][] at(double[][] from, double[][] to, double part) {
    return IntStream.range(0, from.length)
        .mapToObj(
            i ->
                new double[] {
                  from[i][0] + (to[i][0] - from[i][0]) * part,
                  from[i][1] + (to[i][1] - from[i][1]) * part
                })
        .toArray(double[][]::new);
  }

  /**
   * @param fingers where each is, in CSS pixels
   * @param when in seconds since 1970
   */
  private static void touch(CDPSession devTools, String type, double[][] fingers, double when) {
    List<Map<String, Number>> points =
        IntStream.range(0, fingers.length)
            .mapToObj(i -> Map.<String, Number>of("id", i, "x", fingers[i][0], "y", fingers[i][1]))
            .toList();
    JsonObject event = new JsonObject();
    event.addProperty("type", type);
    event.addProperty("timestamp", when);
    event.add("touchPoints", new Gson().toJsonTree(points));
    devTools.send("Input.dispatchTouchEvent", event);
  }

  private double[] point(double at) {
    // null in the moment in which a plot takes another's place
    page.waitForCondition(() -> plot.boundingBox() != null);
    BoundingBox box = plot.boundingBox();
    return new double[] {box.x + box.width * at, box.y + box.height / 2};
  }
}
