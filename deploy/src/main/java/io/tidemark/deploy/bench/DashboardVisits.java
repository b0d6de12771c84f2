package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Opens the pages as somebody does who comes again: the browser has the files, though nothing that
 * pages remember, and the server has answered before. Times are taken in the page, from the
 * navigation or from the event of the key or the mouse, to the end of the frame in which what is
 * looked for is drawn. Used by one thread.
 */
final class DashboardVisits {
  /** Zooms of a visit, each to a part of what the one before has left. */
  private static final int ZOOMS = 3;

  private static final double ZOOM_PART = 0.2;

  /** A laptop's window. */
  private static final int WIDTH_PX = 1440;

  private static final int HEIGHT_PX = 900;

  /** For each live chart, so that all are in sight: what is not is not drawn by the browser. */
  private static final int LIVE_CHART_PX = 180;

  /**
   * Runs before any script of a page. A frame is drawn once its callbacks have run; what is posted
   * from one of them comes after that. What pages have remembered is forgotten: the fleet's would
   * draw a small fleet from that, before the server has said anything.
   */
  private static final String WATCH =
      """
      (() => {
        const isPage = location.protocol === 'http:';
        if (isPage) localStorage.clear();
        const number = (selector) => Number((document.querySelector(selector)?.textContent.match(/[\\d,]+/)?.[0] ?? '0').replaceAll(',', ''));
        const chart = () => document.querySelector('tm-chart');
        const areCharts = (count) => {
          const all = [...document.querySelectorAll('tm-chart')];
          return all.length >= count && all.every((c) => c.plot && c.panel.lines[0].times.length > 1);
        };
        const drawn = (holds) => new Promise((done) => {
          const look = () => {
            if (!holds()) return requestAnimationFrame(look);
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => done(performance.now());
            port2.postMessage(0);
          };
          requestAnimationFrame(look);
        });
        window.bench = {
          number, chart, drawn,
          remembered: isPage ? localStorage.length : 0,
          after: (type, holds) => new Promise((done) => addEventListener(type, (event) => drawn(holds).then((at) => done(at - event.timeStamp)), { capture: true, once: true })),
          fleet: (rows) => drawn(() => number('h1.sentence:not(.quiet)') >= rows && document.querySelectorAll('tr[data-device]').length > 9),
          listed: (devices) => drawn(() => number('.fleet-foot') >= devices),
          charts: (count) => drawn(() => areCharts(count)),
          whole: (count) => drawn(() => areCharts(count) && !document.querySelector('.strip .state-summing')),
        };
      })();
      """;

  private final DevTools page;
  private final String origin;
  private final DashboardFleet fleet;
  private final Random random;
  private final List<Double> pointsPerPixel = new ArrayList<>();
  private String watching = "";

  DashboardVisits(DevTools page, String origin, DashboardFleet fleet)
      throws IOException, InterruptedException {
    this.page = page;
    this.origin = origin;
    this.fleet = fleet;
    random = new Random(fleet.epoch());
    page.call("Page.enable", Map.of());
    resize(HEIGHT_PX);
  }

  /**
   * What a visit of the fleet's page took, in milliseconds.
   *
   * @param painted until its sentence about all devices and the first rows were drawn
   * @param listed until the table had all devices
   * @param keys from each key of a search until its result was drawn
   */
  record FleetVisit(double painted, double listed, List<Double> keys) {}

  /** Opens the fleet's page, and looks for a device by its number, key by key. */
  FleetVisit fleet() throws IOException, InterruptedException {
    open("/", "[bench.fleet(%d), bench.listed(%d)]".formatted(fleet.rows(), fleet.devices()));
    double painted = page.evaluate("watched[0]").asDouble();
    double listed = page.evaluate("watched[1]").asDouble();
    requireAnswered(painted);
    page.evaluate("document.querySelector('.search input').focus()");
    List<Double> keys = new ArrayList<>();
    int least = (int) Math.pow(10, Integer.toString(fleet.devices() - 1).length() - 1);
    for (char key : Integer.toString(random.nextInt(least, fleet.devices())).toCharArray()) {
      page.evaluate(
          "{ const before = bench.number('.fleet-foot'); window.keyed = bench.after('keydown', () => bench.number('.fleet-foot') !== before); void 0; }");
      String text = String.valueOf(key);
      page.call("Input.dispatchKeyEvent", Map.of("type", "keyDown", "key", text, "text", text));
      page.call("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", text));
      keys.add(page.evaluate("keyed").asDouble());
    }
    leave();
    return new FleetVisit(painted, listed, keys);
  }

  /** Or it is not the server that was measured. */
  private void requireAnswered(double painted) throws IOException, InterruptedException {
    if (page.evaluate("bench.remembered").asInt() > 0) {
      throw new IOException("the fleet's page began with what it had remembered");
    }
    double answered =
        page.evaluate(
                "Math.min(...performance.getEntriesByType('resource').filter((e) => new URL(e.name).pathname === '/api/v1/devices').map((e) => e.responseEnd))")
            .asDouble(Double.POSITIVE_INFINITY); // of none it is Infinity, which is no JSON
    if (painted < answered) {
      throw new IOException(
          "the fleet was painted after %.0f ms, but ingest had answered after %.0f ms only"
              .formatted(painted, answered));
    }
  }

  /**
   * What a visit of a device's page took, in milliseconds.
   *
   * @param begun until its charts were drawn, if only of the newest days
   * @param drawn until they were of all of the time
   * @param zooms from letting go the mouse until the finer points were drawn
   */
  record DeviceVisit(double begun, double drawn, List<Double> zooms) {}

  /** Opens the page of the busy device with all of its time, and zooms in by dragging. */
  DeviceVisit device() throws IOException, InterruptedException {
    String from = Instant.ofEpochSecond(fleet.startNanos() / 1_000_000_000L).toString();
    String to = Instant.ofEpochMilli(fleet.endMillis()).toString();
    open(
        "/device/%s?from=%s&to=%s".formatted(fleet.busy(), from, to),
        "[bench.charts(1), bench.whole(1)]");
    double begun = page.evaluate("watched[0]").asDouble();
    double drawn = page.evaluate("watched[1]").asDouble();
    notePoints();
    List<Double> zooms = new ArrayList<>();
    for (int i = 0; i < ZOOMS; i++) {
      zooms.add(zoom());
      notePoints();
    }
    leave();
    return new DeviceVisit(begun, drawn, zooms);
  }

  private double zoom() throws IOException, InterruptedException {
    JsonNode box =
        page.evaluate(
            "(() => { const b = bench.chart().querySelector('.u-over').getBoundingClientRect(); return [b.left, b.width, b.top + b.height / 2]; })()");
    page.evaluate(
        "{ const before = bench.chart().intervalS; window.zoomed = bench.after('mouseup', () => bench.chart().intervalS < before); void 0; }");
    double left =
        box.path(0).asDouble()
            + box.path(1).asDouble() * (0.1 + random.nextDouble() * (0.8 - ZOOM_PART));
    double right = left + box.path(1).asDouble() * ZOOM_PART;
    mouse("mouseMoved", left, box, false);
    mouse("mousePressed", left, box, true);
    mouse("mouseMoved", right, box, true);
    mouse("mouseReleased", right, box, false);
    return page.evaluate("zoomed").asDouble();
  }

  /** Of the left button: whether it is down then. */
  private void mouse(String type, double x, JsonNode box, boolean isDown)
      throws IOException, InterruptedException {
    page.call(
        "Input.dispatchMouseEvent",
        Map.of(
            "type",
            type,
            "x",
            x,
            "y",
            box.path(2).asDouble(),
            "button",
            type.equals("mouseMoved") ? "none" : "left",
            "buttons",
            isDown ? 1 : 0,
            "clickCount",
            type.equals("mouseMoved") ? 0 : 1));
  }

  /** Each line's points as they were fetched, whether all are in sight or not. */
  private void notePoints() throws IOException, InterruptedException {
    pointsPerPixel.add(
        page.evaluate(
                "Math.max(...[...document.querySelectorAll('tm-chart')].flatMap((c) => c.panel.lines.map((l) => l.times.length / c.querySelector('.u-over').clientWidth)))")
            .asDouble());
  }

  /** Points fetched of a line for each pixel of its chart's width, of each chart drawn so far. */
  List<Double> pointsPerPixel() {
    return List.copyOf(pointsPerPixel);
  }

  /** Opens the live device's page in a window so high that all its charts are in sight. */
  void live(int charts) throws IOException, InterruptedException {
    resize(charts * LIVE_CHART_PX + HEIGHT_PX);
    open("/device/%s?range=5m".formatted(LiveDevice.NAME), "[bench.charts(%d)]".formatted(charts));
    page.evaluate("watched[0]");
  }

  /** The newest point of all charts that have not moved on, in seconds before now. */
  double liveAge() throws IOException, InterruptedException {
    return page.evaluate(
            "Date.now() / 1000 - Math.min(...[...document.querySelectorAll('tm-chart')].map((c) => c.plot.data[0].at(-1)))")
        .asDouble();
  }

  /** Addresses of the scripts that a page loads. */
  List<String> scripts() throws IOException, InterruptedException {
    open("/", "[bench.listed(%d)]".formatted(fleet.devices()));
    page.evaluate("watched[0]");
    List<String> scripts = new ArrayList<>();
    page.evaluate(
            "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => new URL(n).pathname.endsWith('.js'))")
        .forEach(name -> scripts.add(name.asText()));
    leave();
    return scripts;
  }

  private void resize(int height) throws IOException, InterruptedException {
    page.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", WIDTH_PX, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  private void open(String path, String watched) throws IOException, InterruptedException {
    if (!watching.isEmpty()) {
      page.call("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", watching));
    }
    watching =
        page.call(
                "Page.addScriptToEvaluateOnNewDocument",
                Map.of("source", WATCH + "window.watched = " + watched + ";"))
            .path("identifier")
            .asText();
    page.call("Page.navigate", Map.of("url", origin + path));
    Waiting.until(
        () -> page.evaluate("location.protocol === 'http:' && 'watched' in window").asBoolean(),
        () -> path + " is not opened");
  }

  /** So that the next page begins with nothing of this one. */
  private void leave() throws IOException, InterruptedException {
    page.call("Page.navigate", Map.of("url", "about:blank"));
    Waiting.until(
        () -> page.evaluate("location.protocol === 'about:'").asBoolean(),
        () -> "a page is not left");
  }
}
