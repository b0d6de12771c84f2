package io.tidemark.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.bench.DashboardBenchResult.Measure;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Surroundings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The dashboards in a real browser, over a real ingest with many devices and many rows: how long
 * people wait for the pages, and what live charts cost. Nothing stands beside them: each figure is
 * held against what it may be.
 */
public final class DashboardBench {
  private static final double PAINT_MAX_MS = 1_000;
  private static final double KEY_MAX_MS = 100;
  private static final double CHART_MAX_MS = 500;
  private static final double ZOOM_MAX_MS = 300;
  private static final double POINTS_PER_PIXEL_MAX = 4;
  private static final double LIVE_MAX_PERCENT = 30;
  private static final double SCRIPTS_MAX_KB = 150;

  /** What a heap that stays as it is may differ by at two moments. */
  private static final double GROWTH_MAX_PERCENT = 5;

  private static final int CHARTS = 30;

  /** A chart whose newest point is older than this is not live. */
  private static final double LIVE_AGE_MAX_SECONDS = 5;

  /** Parts of the time that live charts are watched: the heap is looked at after each. */
  private static final int LIVE_PARTS = 15;

  /**
   * As long before that nothing is measured: what a browser keeps of a page's code grows for
   * minutes, and of its data until all that is shown has been replaced.
   */
  private static final int SETTLING_PARTS = LIVE_PARTS / 2;

  /** A pass over 50 million rows takes minutes. */
  private static final Duration COUNT_MAX = Duration.ofHours(1);

  private final DashboardBenchOptions options;
  private final Installation installation = Installation.find();

  /** Prepares; starts nothing. */
  public DashboardBench(DashboardBenchOptions options) {
    this.options = options;
  }

  /**
   * Makes the data unless they are there, and measures. Everything it started has ended then, and
   * without a folder to keep them in the data are gone.
   *
   * @throws IOException if something fails: data that were begun are kept then, and the end of this
   *     process says where
   */
  public DashboardBenchResult run() throws IOException, InterruptedException {
    DashboardFolder folder = DashboardFolder.open(installation, options);
    DashboardData data = folder.data();
    DashboardBenchResult result;
    // A Chromium that does not start is to be known before anything is made.
    try (Chromium chromium = new Chromium(installation, folder.path());
        Pipeline pipeline =
            new Pipeline(
                installation,
                folder.path(),
                Ports.free(),
                Surroundings.SHARED,
                options.influx(),
                data.database())) {
      pipeline.startIngest();
      new DashboardFiller(pipeline.apiUrl(), folder.path()).fill(data);
      awaitDuplicatesCounted(pipeline);
      result = measure(pipeline, chromium, data.fleet());
    }
    folder.finish();
    return result;
  }

  /** After its start ingest counts duplicates in the background: a warm server has done that. */
  private static void awaitDuplicatesCounted(Pipeline pipeline)
      throws IOException, InterruptedException {
    System.err.println("waiting until ingest has counted duplicates");
    String url = pipeline.apiUrl() + "/api/v1/ledger";
    Waiting.patiently(
        COUNT_MAX,
        () -> !pipeline.http().get(url).path("duplicatesCheckedAt").isNull(),
        () -> "ingest has not counted duplicates yet");
  }

  private DashboardBenchResult measure(Pipeline pipeline, Chromium chromium, DashboardFleet fleet)
      throws IOException, InterruptedException {
    try (DevTools page = chromium.page()) {
      DashboardVisits visits = new DashboardVisits(page, pipeline.apiUrl(), fleet);
      List<Measure> measures = new ArrayList<>(fleet(visits));
      measures.addAll(device(visits));
      measures.addAll(live(pipeline, page, visits));
      measures.add(
          Measure.highest("JavaScript, compressed", "kB", SCRIPTS_MAX_KB, scripts(visits)));
      return new DashboardBenchResult(
          new DashboardBenchResult.Setting(
              store(),
              chromium.version(),
              fleet.devices(),
              fleet.rows(),
              fleet.busyRows(),
              options.visits(),
              CHARTS,
              options.liveFor().toMillis() / 1e3),
          measures);
    }
  }

  private List<Measure> fleet(DashboardVisits visits) throws IOException, InterruptedException {
    List<Double> painted = new ArrayList<>();
    List<Double> listed = new ArrayList<>();
    List<Double> keys = new ArrayList<>();
    for (int visit = 0; visit <= options.visits(); visit++) {
      DashboardVisits.FleetVisit measured = visits.fleet();
      System.err.printf(
          "%s: fleet painted after %.0f ms, all listed after %.0f ms, keys %s ms%n",
          named(visit), measured.painted(), measured.listed(), rounded(measured.keys()));
      if (visit > 0) {
        painted.add(measured.painted());
        listed.add(measured.listed());
        keys.addAll(measured.keys());
      }
    }
    return List.of(
        Measure.median("fleet: first meaningful paint", "ms", PAINT_MAX_MS, painted),
        Measure.median("fleet: keystroke to result", "ms", KEY_MAX_MS, keys));
  }

  private List<Measure> device(DashboardVisits visits) throws IOException, InterruptedException {
    List<Double> begunAtFirst = new ArrayList<>();
    List<Double> drawnAtFirst = new ArrayList<>();
    List<Double> drawn = new ArrayList<>();
    List<Double> zooms = new ArrayList<>();
    for (int visit = 0; visit <= options.visits(); visit++) {
      DashboardVisits.DeviceVisit measured = visits.device();
      System.err.printf(
          "%s: device begun after %.0f ms, drawn after %.0f ms, zooms %s ms%n",
          named(visit), measured.begun(), measured.drawn(), rounded(measured.zooms()));
      if (visit == 0) {
        begunAtFirst.add(measured.begun());
        drawnAtFirst.add(measured.drawn());
      } else {
        drawn.add(measured.drawn());
        zooms.addAll(measured.zooms());
      }
    }
    return List.of(
        Measure.median("device: first chart", "ms", CHART_MAX_MS, drawn),
        Measure.median("device: first chart at first look", "ms", CHART_MAX_MS, begunAtFirst),
        Measure.withoutBar("device: all of it at first look", "ms", drawnAtFirst),
        Measure.median("device: zoom", "ms", ZOOM_MAX_MS, zooms),
        Measure.highest(
            "device: points of a line",
            "per pixel",
            POINTS_PER_PIXEL_MAX,
            visits.pointsPerPixel()));
  }

  private List<Measure> live(Pipeline pipeline, DevTools page, DashboardVisits visits)
      throws IOException, InterruptedException {
    List<Double> busy = new ArrayList<>();
    List<Double> heap = new ArrayList<>();
    List<Double> ages = new ArrayList<>();
    try (LiveDevice device = new LiveDevice(pipeline.apiUrl(), CHARTS)) {
      device.start();
      page.call("Performance.enable", Map.of());
      visits.live(CHARTS);
      long partMillis = options.liveFor().toMillis() / LIVE_PARTS;
      for (int part = 1 - SETTLING_PARTS; part <= LIVE_PARTS; part++) {
        page.call("HeapProfiler.collectGarbage", Map.of());
        Metrics before = Metrics.of(page);
        Thread.sleep(partMillis);
        Metrics after = Metrics.of(page);
        device.check();
        double age = visits.liveAge();
        double share =
            100
                * (after.busySeconds() - before.busySeconds())
                / (after.atSeconds() - before.atSeconds());
        System.err.printf(
            "%s: live charts take %.1f %% of the main thread, heap %.2f MB, are %.1f s behind%n",
            named(part), share, before.heapBytes() / 1e6, age);
        if (part > 0) {
          busy.add(share);
          heap.add(before.heapBytes());
          ages.add(age);
        }
        awaitLive(visits, device);
      }
    }
    return List.of(
        Measure.median(CHARTS + " live charts: main thread", "%", LIVE_MAX_PERCENT, busy),
        Measure.highest(
            CHARTS + " live charts: growth of the heap",
            "%",
            GROWTH_MAX_PERCENT,
            List.of(growthPercent(heap))),
        Measure.highest(
            CHARTS + " live charts: newest point behind", "s", LIVE_AGE_MAX_SECONDS, ages));
  }

  /** A machine may have had something else to do for a moment; charts that stay behind are none. */
  private static void awaitLive(DashboardVisits visits, LiveDevice device)
      throws IOException, InterruptedException {
    double[] age = new double[1];
    Waiting.until(
        () -> {
          device.check();
          age[0] = visits.liveAge();
          return age[0] <= LIVE_AGE_MAX_SECONDS;
        },
        () -> "a live chart is %.1f s behind".formatted(age[0]));
  }

  /** From the first third to the last. */
  private static double growthPercent(List<Double> heap) {
    int third = heap.size() / 3;
    double first = Median.of(heap.subList(0, third), Double::doubleValue);
    double last = Median.of(heap.subList(heap.size() - third, heap.size()), Double::doubleValue);
    return 100 * (last - first) / first;
  }

  /**
   * What the renderer says of itself.
   *
   * @param busySeconds of its main thread, since some moment
   * @param atSeconds when that was, on some clock
   */
  private record Metrics(double busySeconds, double atSeconds, double heapBytes) {
    static Metrics of(DevTools page) throws IOException, InterruptedException {
      Map<String, Double> values = new HashMap<>();
      for (JsonNode metric : page.call("Performance.getMetrics", Map.of()).path("metrics")) {
        values.put(metric.path("name").asText(), metric.path("value").asDouble());
      }
      return new Metrics(
          named(values, "TaskDuration"),
          named(values, "Timestamp"),
          named(values, "JSHeapUsedSize"));
    }

    private static double named(Map<String, Double> values, String name) throws IOException {
      Double value = values.get(name);
      if (value == null) {
        throw new IOException("this Chromium has no metric " + name + ", only " + values.keySet());
      }
      return value;
    }
  }

  /** What is transferred of all scripts of a page together, in kB. */
  private static List<Double> scripts(DashboardVisits visits)
      throws IOException, InterruptedException {
    long bytes = 0;
    for (String script : visits.scripts()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(script)).header("Accept-Encoding", "gzip").build();
      bytes +=
          DashboardFolder.CLIENT
              .send(request, HttpResponse.BodyHandlers.ofByteArray())
              .body()
              .length;
    }
    return List.of(bytes / 1e3);
  }

  private String store() throws IOException, InterruptedException {
    URI influx = options.influx();
    if (influx == null) {
      return "the embedded store";
    }
    HttpRequest ping = HttpRequest.newBuilder(URI.create(influx + "/ping")).build();
    return "InfluxDB "
        + DashboardFolder.CLIENT
            .send(ping, HttpResponse.BodyHandlers.discarding())
            .headers()
            .firstValue("X-Influxdb-Version")
            .orElse("of an unknown version");
  }

  private static String named(int round) {
    return round > 0 ? "round " + round : "warming up";
  }

  private static String rounded(List<Double> figures) {
    return figures.stream().map("%.0f"::formatted).toList().toString();
  }
}
