package io.tidemark.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.fleet.FleetStats;
import io.tidemark.sim.rogue.RogueKind;
import io.tidemark.sim.rogue.RogueSums;
import io.tidemark.sim.verify.Problem;
import io.tidemark.sim.verify.Sums;
import io.tidemark.sim.verify.Verdict;
import io.tidemark.sim.view.Band;
import io.tidemark.sim.view.History;
import io.tidemark.sim.view.Limits;
import io.tidemark.sim.view.Percentiles;
import io.tidemark.sim.view.Point;
import io.tidemark.sim.view.RunReport;
import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The page as a document: a browser sees it in the system tests. */
@NullUnmarked
class RunPageTest {
  private static final String EVIL = "</script><script src=\"http://x/\">'&\u0000\u001b\ud800";

  private static final RogueSums ROGUES =
      new RogueSums(
          RogueKind.WRONG_TOPIC,
          2,
          1_010,
          Map.of("0x87", 3L, "4.03", 2L),
          4,
          999,
          1,
          0,
          1,
          "<b> was");

  @Test
  void roguesAreATableAndInJson() throws Exception {
    RunReport run = run("r", List.of(), 3);
    Document page = parse(new RunPage(run, null, "no", Map.of(), "sim", "1"));
    Element section =
        elements(page, "section").stream()
            .filter(s -> elements(s, "h2").get(0).getTextContent().equals("Rogues"))
            .findFirst()
            .orElseThrow();
    List<Element> head = elements(elements(section, "thead").get(0), "th");
    List<Element> cells = new ArrayList<>(elements(elements(section, "tbody").get(0), "th"));
    cells.addAll(elements(section, "td"));
    assertThat(value(head, cells, "kind")).isEqualTo("wrong-topic");
    assertThat(value(head, cells, "attempts")).isEqualTo("1,010");
    assertThat(value(head, cells, "refused")).isEqualTo("5");
    assertThat(value(head, cells, "accepted")).isEqualTo("1");
    assertThat(value(head, cells, "refused with")).isEqualTo("3 0x87, 2 4.03");
    assertThat(section.getTextContent()).contains("Accepted of wrong-topic, at first: <b> was.");
    assertThat(run.json(null))
        .contains(
            "\"rogues\":[{\"kind\":\"wrong-topic\",\"rogues\":2,\"attempts\":1010,\"refused\":5,"
                + "\"disconnected\":4,\"ignored\":999,\"accepted\":1,\"unreachable\":0,\"stillConnected\":1,"
                + "\"refusedByCode\":{\"0x87\":3,\"4.03\":2},\"firstAccepted\":\"<b> was\"}]");
  }

  @Test
  void everyTextFromOutsideIsEscaped() throws Exception {
    Problem problem = new Problem(Problem.Kind.LOST, EVIL, 1, 2, EVIL);
    Verdict verdict = verdict(sums(95, 5), List.of(problem), 0);
    RunPage page =
        new RunPage(
            run(EVIL, List.of(new Band(Band.Kind.TROUBLE, EVIL, 1, 2)), 3),
            verdict,
            null,
            Map.of(EVIL, EVIL),
            EVIL,
            EVIL);
    Document parsed = parse(page);
    assertThat(elements(parsed, "script")).hasSize(1);
    assertThat(elements(parsed, "script").get(0).hasAttribute("src")).isFalse();
    assertThat(page.html()).doesNotContain("<script src").doesNotContain("\u001b");
    assertThat(parsed.getDocumentElement().getTextContent()).contains("</script><script src=");
  }

  @Test
  void nothingOnItAsksForAnything() throws Exception {
    String html = page(verdict(sums(100, 0), List.of(), 0), null).html();
    assertThat(html).doesNotContain("<link").doesNotContain("<img").doesNotContain("@import");
    assertThat(html.replace("http://www.w3.org/2000/svg", "")).doesNotContain("://");
    assertThat(html).contains("default-src 'none'".replace("'", "&#39;"));
  }

  @Test
  void theHeadlineSaysWhatTheVerifierFound() throws Exception {
    assertThat(headline(page(verdict(sums(100, 0), List.of(), 0), null)))
        .isEqualTo(
            "Clean. 100 readings produced, all accounted for: 100 stored once and as they were.");
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      problems.add(new Problem(Problem.Kind.LOST, "d", 1, i, "gone"));
    }
    RunPage unclean = page(verdict(sums(95, 5), problems, 1_000), null);
    assertThat(headline(unclean))
        .isEqualTo("Unclean. Of 100 readings produced: 5 missing, 1,150 problems named below.");
    assertThat(unclean.html()).contains("1,150, of which the first 100:");
    assertThat(unclean.html().split(">gone<", -1)).hasSize(101);
    assertThat(headline(page(null, "no --api was given")))
        .isEqualTo("Not verified. 90 readings were acknowledged, 10 wait; no --api was given.");
  }

  @Test
  void sumsAddUpAndTheTableHasEveryNumber() throws Exception {
    RunPage page = page(verdict(sums(95, 5), List.of(), 0), null);
    Document parsed = parse(page);
    for (Element list : elements(parsed, "dl")) {
      List<Element> numbers = elements(list, "dd");
      long sum = 0;
      for (Element part : numbers.subList(0, numbers.size() - 1)) {
        sum += Long.parseLong(part.getTextContent());
      }
      assertThat(numbers.get(numbers.size() - 1).getTextContent()).isEqualTo(Long.toString(sum));
    }
    Element table =
        elements(parsed, "table").stream()
            .filter(t -> t.getAttribute("id").equals("numbers"))
            .findFirst()
            .orElseThrow();
    List<Element> rows = elements(elements(table, "tbody").get(0), "tr");
    assertThat(rows).hasSize(3);
    List<Element> cells = elements(rows.get(1), "td");
    List<Element> names = elements(table, "th");
    assertThat(cells).hasSameSizeAs(names);
    assertThat(value(names, cells, "produced")).isEqualTo("40");
    assertThat(value(names, cells, "latency p99")).isEqualTo("5.0");
    assertThat(value(names, cells, "response p99")).isEqualTo("1.0");
    assertThat(value(names, cells, "waiting")).isEqualTo("7");
  }

  @Test
  void everyPlotIsNamedAndHasItsLinesAndBands() throws Exception {
    RunPage page =
        new RunPage(
            run("r", List.of(new Band(Band.Kind.LIMIT, "late", 1, 1)), 3),
            null,
            "no",
            Map.of(),
            "sim",
            "1");
    List<Element> figures = elements(parse(page), "figure");
    assertThat(figures)
        .extracting(f -> elements(f, "h3").get(0).getTextContent())
        .containsExactly(
            "Throughput", "Latency", "Response", "Backlog", "Connections", "The simulator itself");
    for (Element figure : figures) {
      Element drawing =
          elements(figure, "svg").stream()
              .filter(svg -> svg.getAttribute("role").equals("img"))
              .findFirst()
              .orElseThrow();
      assertThat(drawing.getAttribute("aria-label")).contains(" over time, in ");
      List<Element> paths = elements(drawing, "path");
      assertThat(paths).anyMatch(p -> p.getAttribute("class").equals("band limit"));
      assertThat(paths)
          .filteredOn(p -> p.getAttribute("class").startsWith("line "))
          .isNotEmpty()
          .allSatisfy(p -> assertThat(p.getAttribute("d")).matches("M0 [\\d.]+H[\\d.VH]+H1000"));
    }
  }

  @Test
  void whatLastedAllTheTimeIsToldAndNotDrawn() throws Exception {
    List<Band> bands =
        List.of(
            new Band(Band.Kind.FAULT, "fault: latency 40ms", 0, 2.4),
            new Band(Band.Kind.TROUBLE, "a: away", 0, 3),
            new Band(Band.Kind.FAULT, "fault: cut", 1, 2));
    String html = new RunPage(run("r", bands, 3), null, "no", Map.of(), "sim", "1").html();
    assertThat(html)
        .contains("<td>fault: latency 40ms</td>")
        .contains("<title>fault: cut</title>")
        .contains("<title>a: away</title>");
    assertThat(html).doesNotContain("<title>fault: latency 40ms</title>");
  }

  @Test
  void aRunOfNoTimeHasAPageToo() throws Exception {
    parse(new RunPage(run("r", List.of(), 0), null, "no", Map.of(), "sim", "1"));
  }

  private static RunPage page(Verdict verdict, String unchecked) {
    return new RunPage(
        run("rec", List.of(), 3), verdict, unchecked, Map.of("seed", "7"), "sim run", "1");
  }

  private static RunReport run(String record, List<Band> bands, int seconds) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < seconds; i++) {
      points.add(new Point(i, i + 1, 40, 30, 2, 7, 0.5, 0.1, times(1), times(5)));
    }
    Histogram micros = new Histogram(3_600_000_000L, 3);
    micros.recordValue(5_000);
    FleetStats.Snapshot total =
        new FleetStats.Snapshot(
            2,
            0,
            100,
            10,
            90,
            0,
            0,
            10,
            0,
            false,
            0,
            2,
            0,
            0,
            new TreeMap<>(Map.of("0x99", 3L)),
            new TreeMap<>(Map.of("reboot", 37L, "new-card", 1L)),
            micros,
            micros);
    Limits.Warning warning = new Limits.Warning(Limits.Kind.SOURCE, 3, 2, "It was late.");
    History history =
        new History(
            Instant.EPOCH,
            seconds,
            points,
            bands,
            0,
            new TreeMap<>(Map.of("cut", 2L)),
            List.of(warning),
            2,
            1.5);
    return new RunReport(
        total, total.produced(), history, null, null, List.of(ROGUES), seconds, 7L, record);
  }

  private static Percentiles times(double millis) {
    return new Percentiles(4, millis, millis, millis, millis, millis);
  }

  private static Sums sums(long stored, long missing) {
    return new Sums(stored + missing, 0, stored, 0, 0, missing, 0, 0, 0);
  }

  private static Verdict verdict(Sums sums, List<Problem> problems, long unnamed) {
    return new Verdict(sums, List.of(), problems, unnamed, 0, 0, List.of(), 0, 7L, 0.1);
  }

  private static String headline(RunPage page) throws Exception {
    return elements(parse(page), "h1").get(0).getTextContent();
  }

  private static String value(List<Element> names, List<Element> cells, String name) {
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).getTextContent().equals(name)) {
        return cells.get(i).getTextContent();
      }
    }
    throw new AssertionError("no column " + name);
  }

  private static Document parse(RunPage page) throws Exception {
    String html = page.html();
    assertThat(html).startsWith("<!DOCTYPE html>\n");
    String xml = html.substring(html.indexOf('\n'));
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml.strip())));
  }

  private static List<Element> elements(Document document, String tag) {
    return elements(document.getDocumentElement(), tag);
  }

  private static List<Element> elements(Element in, String tag) {
    NodeList nodes = in.getElementsByTagName(tag);
    List<Element> found = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      found.add((Element) nodes.item(i));
    }
    return found;
  }
}
