package io.tidemark.sim.report;

import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.rogue.RogueSums;
import io.tidemark.sim.verify.Problem;
import io.tidemark.sim.verify.Verdict;
import io.tidemark.sim.view.Band;
import io.tidemark.sim.view.History;
import io.tidemark.sim.view.Limits;
import io.tidemark.sim.view.Numbers;
import io.tidemark.sim.view.Percentiles;
import io.tidemark.sim.view.Point;
import io.tidemark.sim.view.RogueText;
import io.tidemark.sim.view.RunReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A run or a replay as one HTML file that needs nothing else: no request leaves it, and without its
 * script only the reading of values under the pointer is missing.
 *
 * @param run what it came to
 * @param verdict the verifier's; null if it was not asked or could not check
 * @param unchecked why there is no verdict, in words; null if there is one
 * @param settings the record's plan
 * @param command as it was typed
 * @param version of the simulator
 */
public record RunPage(
    RunReport run,
    @Nullable Verdict verdict,
    @Nullable String unchecked,
    Map<String, String> settings,
    String command,
    String version) {
  /** How many problems are named; the verdict's JSON has all that were kept. */
  static final int PROBLEMS_MAX = 100;

  private static final int SETTINGS_MAX = 100;

  /** Nothing is asked for, whatever may have got into the page. */
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /**
   * Writes it, in place of an older one.
   *
   * @throws IOException if that cannot be done
   */
  public void write(Path file) throws IOException {
    Files.writeString(file, html());
  }

  String html() {
    Markup out = new Markup();
    Headline headline = Headline.of(run, verdict, unchecked);
    History history = run.history();
    out.open("html", "lang", "en").open("head");
    out.empty("meta", "charset", "utf-8");
    out.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY);
    out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    out.empty("meta", "name", "color-scheme", "content", "light dark");
    out.leaf("title", headline.word() + " - Tidemark simulator, " + TIME.format(history.began()));
    out.verbatim("style", resource("report.css"));
    out.close().open("body", "data-seconds", Double.toString(history.seconds())).open("main");
    header(out, headline);
    sums(out);
    for (Limits.Warning warning : history.warnings()) {
      out.open("p", "class", "warning").leaf("strong", "Read with care: ");
      out.text(warning.text()).close();
    }
    plots(out);
    events(out);
    problems(out);
    rogues(out);
    times(out);
    howItWasRun(out);
    numbers(out);
    out.close().verbatim("script", resource("report.js"));
    return out.close().close().page();
  }

  private void header(Markup out, Headline headline) {
    out.open("header").leaf("p", "Tidemark simulator", "class", "label");
    out.open("h1", "class", headline.style()).leaf("span", headline.word(), "class", "verdict");
    out.text(" " + headline.sentence()).close();
    out.leaf(
        "p",
        "%s, for %s. The record is in %s."
            .formatted(
                TIME.format(run.history().began()), Numbers.clock(run.seconds()), run.record()),
        "class",
        "label");
    out.close();
  }

  /** The sums that add up. */
  private void sums(Markup out) {
    FleetStats.Snapshot total = run.total();
    out.open("section", "class", "sums");
    if (verdict != null) {
      Map<String, Long> parts = new LinkedHashMap<>();
      parts.put("stored", verdict.sums().stored());
      parts.put("set aside", verdict.sums().quarantined());
      parts.put("dropped", verdict.sums().dropped());
      parts.put("waiting", verdict.sums().waiting());
      parts.put("missing", verdict.sums().missing());
      sum(out, "In the platform", verdict.sums().produced(), "produced, by the record", parts);
    }
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("acknowledged", total.acknowledged());
    parts.put("dropped", total.dropped());
    if (total.undeclared() > 0) {
      parts.put("not declared", total.undeclared());
    }
    parts.put("waiting", total.waiting());
    String whole =
        total.takenUp() == 0
            ? "produced"
            : "produced here (%s) and taken up from before (%s)"
                .formatted(Numbers.count(total.produced()), Numbers.count(total.takenUp()));
    sum(out, "At the gateway", total.produced() + total.takenUp(), whole, parts);
    out.close();
  }

  private static void sum(
      Markup out, String title, long whole, String wholeName, Map<String, Long> parts) {
    out.leaf("h2", title).open("div", "class", "bar", "aria-hidden", "true");
    parts.forEach(
        (name, count) -> {
          if (count > 0) {
            String share = String.format(Locale.ROOT, "flex-grow:%.6f", (double) count / whole);
            out.leaf("span", "", "class", style(name), "style", share);
          }
        });
    out.close().open("dl", "class", "sum");
    parts.forEach(
        (name, count) -> {
          out.open("div", "class", count == 0 ? "none" : "some").open("dt");
          out.leaf("i", "", "class", "swatch " + style(name)).text(name).close();
          out.leaf("dd", Numbers.count(count)).close();
        });
    out.open("div", "class", "whole").leaf("dt", "= " + wholeName);
    out.leaf("dd", Numbers.count(whole)).close().close();
  }

  private static String style(String name) {
    return name.replace(' ', '-');
  }

  private void plots(Markup out) {
    History history = run.history();
    out.open("section", "class", "plots").leaf("h2", "Over time");
    out.leaf(
        "p",
        "Time since the beginning. "
            + resolution(history.points())
            + (history.shaded().isEmpty()
                ? ""
                : " Shaded: what is told under Events and did not last all the time."),
        "class",
        "label");
    for (Plot plot : RunPlots.of(run)) {
      plot.write(out, history);
    }
    out.close();
  }

  private static String resolution(List<Point> points) {
    double widest = points.stream().mapToDouble(Point::seconds).max().orElse(1);
    return widest < 1.5
        ? "Each step is a second."
        : "Each step is up to %s seconds: rates are means, backlog and percentiles those of all of them."
            .formatted(Numbers.whole(widest));
  }

  private void events(Markup out) {
    History history = run.history();
    out.open("section").leaf("h2", "Events");
    if (!run.struck().isEmpty()) {
      out.leaf("p", "By plan, devices were struck " + run.struck() + ".");
    }
    if (history.bands().isEmpty()) {
      out.leaf("p", "None: no connection was lost, and nothing was refused.").close();
      return;
    }
    if (history.bandsForgotten() > 0) {
      out.leaf("p", Numbers.count(history.bandsForgotten()) + " older ones are left out.");
    }
    out.open("div", "class", "scroller").open("table").open("thead").open("tr");
    List.of("from", "to", "what").forEach(name -> out.leaf("th", name, "scope", "col"));
    out.close().close().open("tbody");
    history.bands().stream()
        .sorted(Comparator.comparingDouble(Band::from))
        .forEach(band -> event(out, band));
    out.close().close().close().close();
  }

  private static void event(Markup out, Band band) {
    String kind = band.kind().name().toLowerCase(Locale.ROOT);
    out.open("tr").open("th", "scope", "row").leaf("i", "", "class", "swatch " + kind);
    out.text(Numbers.clock(band.from())).close();
    out.leaf("td", Numbers.clock(band.to())).leaf("td", band.name()).close();
  }

  private void problems(Markup out) {
    if (!run.total().refused().isEmpty()) {
      out.open("section").leaf("h2", "Refused for good");
      List<List<String>> rows = new ArrayList<>();
      run.total().refused().forEach((code, n) -> rows.add(List.of(code, Numbers.count(n))));
      table(out, List.of("reason code", "readings"), rows);
      out.close();
    }
    if (verdict == null || verdict.problems().isEmpty()) {
      return;
    }
    long all = verdict.problems().size() + verdict.unnamedProblems();
    List<Problem> named =
        verdict.problems().subList(0, Math.min(PROBLEMS_MAX, verdict.problems().size()));
    out.open("section").leaf("h2", "Problems");
    out.leaf("p", "%s, of which the first %d:".formatted(Numbers.count(all), named.size()));
    table(
        out,
        List.of("kind", "device", "epoch", "number", "what"),
        named.stream()
            .map(
                p ->
                    List.of(
                        p.kind().text(),
                        p.device(),
                        Long.toString(p.epoch()),
                        Long.toString(p.sequence()),
                        p.detail()))
            .toList());
    out.close();
  }

  private void rogues(Markup out) {
    if (run.rogues().isEmpty()) {
      return;
    }
    out.open("section").leaf("h2", "Rogues");
    out.leaf(
        "p",
        "Devices that misbehaved beside the others, and what came back. Accepted: answered as if"
            + " they were right, where they must be refused.",
        "class",
        "label");
    table(out, RogueText.COLUMNS, run.rogues().stream().map(RogueText::row).toList());
    for (RogueSums sums : run.rogues()) {
      if (!sums.firstAccepted().isEmpty()) {
        out.leaf("p", RogueText.accepted(sums));
      }
    }
    out.close();
  }

  private void times(Markup out) {
    out.open("section").leaf("h2", "How long it took, in milliseconds");
    List<List<String>> rows = new ArrayList<>();
    if (run.latency().count() > 0) {
      rows.add(row("latency", run.latency()));
    }
    rows.add(row("response", run.response()));
    table(out, List.of("", "p50", "p90", "p99", "p99.9", "max", "batches"), rows);
    out.leaf(
            "p",
            "Both end with a batch's acknowledgement. Response begins with its (last) sending;"
                + " latency when the plan wanted it sent, so that whatever held it up is in it: a"
                + " full window, a lost connection, a simulator that is late.",
            "class",
            "label")
        .close();
  }

  private static List<String> row(String name, Percentiles times) {
    List<String> row = new ArrayList<>(List.of(name));
    for (double value :
        new double[] {times.p50(), times.p90(), times.p99(), times.p999(), times.max()}) {
      row.add(times.count() == 0 ? "-" : Numbers.about(value));
    }
    row.add(Numbers.count(times.count()));
    return row;
  }

  private void howItWasRun(Markup out) {
    History history = run.history();
    out.open("section").leaf("h2", "How it was run");
    out.open("pre").leaf("code", command).close();
    List<List<String>> rows = new ArrayList<>();
    settings.entrySet().stream()
        .limit(SETTINGS_MAX)
        .forEach(e -> rows.add(List.of(e.getKey(), e.getValue())));
    if (settings.size() > SETTINGS_MAX) {
      rows.add(List.of("...", "and %d more".formatted(settings.size() - SETTINGS_MAX)));
    }
    if (run.hardware() != null) {
      rows.add(List.of("hardware", run.hardware().text()));
    }
    rows.add(
        List.of(
            "own processor use",
            String.format(
                Locale.ROOT,
                "%.2f of %d processors, at most %.2f",
                history.meanProcessors(),
                history.processors(),
                history.mostProcessors())));
    rows.add(List.of("simulator", version));
    rows.add(List.of("Java", Runtime.version() + ", " + System.getProperty("java.vm.name")));
    rows.add(
        List.of("system", System.getProperty("os.name") + " " + System.getProperty("os.arch")));
    table(out, List.of("", ""), rows);
    out.close();
  }

  private void numbers(Markup out) {
    out.open("details").leaf("summary", "All numbers, as a table");
    List<Point> points = run.history().points();
    out.open("div", "class", "scroller").open("table", "id", "numbers");
    out.open("thead").open("tr");
    RunPlots.COLUMNS.keySet().forEach(name -> out.leaf("th", name, "scope", "col"));
    out.close().close().open("tbody");
    for (Point point : points) {
      out.open("tr", "data-to", String.format(Locale.ROOT, "%.3f", point.to()));
      for (Function<Point, String> column : RunPlots.COLUMNS.values()) {
        out.leaf("td", column.apply(point));
      }
      out.close();
    }
    out.close().close().close().close();
  }

  private static void table(Markup out, List<String> head, List<List<String>> rows) {
    out.open("div", "class", "scroller").open("table");
    if (!head.get(head.size() - 1).isEmpty()) {
      out.open("thead").open("tr");
      head.forEach(name -> out.leaf("th", name, "scope", "col"));
      out.close().close();
    }
    out.open("tbody");
    for (List<String> row : rows) {
      out.open("tr").leaf("th", row.get(0), "scope", "row");
      row.subList(1, row.size()).forEach(cell -> out.leaf("td", cell));
      out.close();
    }
    out.close().close().close();
  }

  private static String resource(String name) {
    try (InputStream in = RunPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the simulator lacks its own " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the simulator's own " + name, e);
    }
  }
}
