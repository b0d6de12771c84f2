package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A device's page in a real browser, over a real ingest whose every figure is known. */
class DevicePageTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  @Test
  void aDevicesPageDrawsItsReadings() {
    Page page = PAGES.openDevice(PostedFleet.TWO_SENSORS, "15m");
    assertThat(page.locator("tm-chart")).hasCount(3);
    assertThat(page.locator("tm-chart h2"))
        .containsText(new String[] {"Temperature", "Humidity", "Pressure"});
    for (int i = 0; i < 3; i++) {
      Locator chart = page.locator("tm-chart").nth(i);
      assertThat(PageChecks.points(chart)).as("points in chart " + i).isGreaterThan(100);
      assertThat(PageChecks.linesDrawn(chart)).as("pixels drawn in chart " + i).isGreaterThan(500);
      assertThat(chart.locator(".legend li")).hasCount(2);
      assertThat(chart.locator("[role=img]"))
          .hasAttribute("aria-label", Pattern.compile("bme280: from .* to .*, last .*"));
    }
    assertThat(page.locator(".strip .state-stored").first()).isVisible();
  }

  /** What a chart holds is what the API says: mean within minimum and maximum, at its times. */
  @Test
  void aChartHoldsWhatTheApiSays() throws InterruptedException {
    PAGES.fleet().quiet();
    try {
      Page page = PAGES.openDevice("mill-1", "15m");
      Object check =
          page.evaluate(
              """
              async () => {
                const chart = document.querySelector('tm-chart');
                const { fromS, toS } = chart;
                const url = `/api/v1/devices/mill-1/readings?from=${new Date(fromS * 1000).toISOString()}`
                    + `&to=${new Date(toS * 1000).toISOString()}&points=300`;
                const answer = await (await fetch(url)).json();
                const series = answer.series.find((s) => s.metric === 'temperature');
                const means = series.points.map((p) => p.mean);
                const [times, mean, min, max] = chart.plot.data;
                const drawn = mean.filter((v) => v != null);
                const range = (all) => [Math.min(...all), Math.max(...all)];
                return {
                  inOrder: times.every((t, i) => i === 0 || t > times[i - 1]),
                  within: mean.every((v, i) => v == null || (v >= min[i] - 1e-9 && v <= max[i] + 1e-9)),
                  api: range(means),
                  drawn: range(drawn),
                };
              }
              """);
      Map<?, ?> result = (Map<?, ?>) check;
      assertThat(result.get("inOrder")).isEqualTo(true);
      assertThat(result.get("within")).isEqualTo(true);
      List<?> api = (List<?>) result.get("api");
      List<?> drawn = (List<?>) result.get("drawn");
      for (int i = 0; i < 2; i++) {
        assertThat(((Number) drawn.get(i)).doubleValue())
            .isCloseTo(((Number) api.get(i)).doubleValue(), within(0.2));
      }
    } finally {
      PAGES.fleet().lively();
    }
  }

  @Test
  void aDevicesPageIsAccountedForInWords() throws InterruptedException {
    PAGES.fleet().quiet();
    try {
      Page page = PAGES.openDevice(PostedFleet.WITH_DROPPED, "1h");
      Sums sums = PAGES.fleet().expected().get(PostedFleet.WITH_DROPPED);
      assertThat(page.locator("p.sentence"))
          .hasText(
              String.format(
                  Locale.US,
                  "%,d readings produced. All accounted for: %,d stored, 240 dropped on purpose.",
                  sums.produced(),
                  sums.stored()));
      assertThat(page.locator("[data-state=dropped]")).containsText("240 readings: 600–839");
      assertThat(page.locator("[data-state=dropped]")).containsText("journal full");
      assertThat(page.locator(".strip .state-dropped")).isVisible();
      assertThat(page.locator("tm-chart").first().evaluate("c => c.plot.data[1].includes(null)"))
          .as("the dropped readings leave a gap")
          .isEqualTo(true);
    } finally {
      PAGES.fleet().lively();
    }
  }

  @Test
  void whatWasSetAsideIsNamedByItsReason() {
    Page page = PAGES.openDevice(PostedFleet.WITH_QUARANTINED, "1h");
    assertThat(page.locator("[data-state=quarantined]")).containsText("reserved name");
    assertThat(page.locator("tr.has-quarantined td")).hasText("5");
  }

  /** No ledger counts messages that are no batch, but somebody has sent them. */
  @Test
  void messagesThatWereSetAsideAreNamedToo() throws InterruptedException {
    for (String device : List.of("office-2", "nobody-yet")) {
      PAGES
          .fleet()
          .deliver(
              Instant.now(), List.of(QuarantinePageTest.message(device, "{\"temperature\":\"}")));
    }
    Page page = PAGES.openDevice("office-2", "5m");
    Locator setAside = page.locator(".named[data-state=quarantined]");
    assertThat(setAside).containsText("1 message: undecodable");
    setAside.getByRole(AriaRole.LINK).click();
    assertThat(page).hasURL(Pattern.compile("/quarantine\\?device=office-2&reason=undecodable"));
    assertThat(page.locator("tr[data-item]")).hasCount(1);

    PAGES.browser().expectOutage(); // the browser logs the API's 404 by itself
    Page other = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/device/nobody-yet");
    assertThat(other.locator(".empty"))
        .containsText("Nothing valid has come from “nobody-yet”: 1 message set aside.");
  }

  /** Ingest counts such rows, and never has any: here its answer is changed on the way. */
  @Test
  void rowsTooManyAreSaidInRed() {
    String url = PAGES.fleet().url() + "/device/mill-1?range=5m";
    Page page = PAGES.browser().blank(Browser.DESKTOP, url);
    page.route(
        "**/api/v1/devices/mill-1/ledger",
        route ->
            PageChecks.answer(
                route,
                route
                    .fetch()
                    .text()
                    .replaceFirst(
                        "\"duplicates\":0,\"redelivered\":0",
                        "\"duplicates\":3,\"redelivered\":2")));
    page.navigate(url);
    assertThat(page.locator(".sentence .alarm"))
        .hasText("Doubled: 3 rows too many, of readings that are stored already.");
    assertThat(page.locator(".named[data-state=doubled]"))
        .containsText(
            "2 batches came again; 3 rows too many: some readings are stored more than once.");
  }

  /**
   * A month that nobody has looked at: ingest is given no time, so its first answer has the newest
   * six hours, and what is asked next waits here.
   */
  @Test
  void whatIsNotSummedUpYetIsCalledSo() {
    Instant to = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    MonthOnTheWay month = new MonthOnTheWay("office-1", to.minus(30, ChronoUnit.DAYS), to);
    Page page = month.open();
    Locator chart = page.locator("tm-chart").first();
    assertThat(chart).isVisible();
    Locator summing = page.locator(".strip .state-summing");
    assertThat(summing).hasCount(1);
    assertThat(page.locator(".chart-hint[role=status]"))
        .containsText("Being summed up, newest first");
    assertThat(chart.locator("[role=img]"))
        .hasAttribute(
            "aria-label", Pattern.compile("Without what was before .*: it is being summed up\\."));
    assertThat(page.locator(".strip"))
        .hasAttribute("aria-label", "Ledger in this time: stored, being summed up");
    var box = chart.locator(".u-over").boundingBox();
    page.mouse().move(box.x + box.width / 2, box.y + box.height / 2);
    assertThat(chart.locator(".tooltip-gap")).hasText("being summed up");
    assertThat(chart.locator(".tooltip .line-mark")).hasCount(0);
    Locator legends = page.locator(".legend-value");
    assertThat(legends).hasText(new String[] {"–", "–", "–"}); // and not the first that is drawn
    page.mouse().move(box.x + box.width - 1, box.y + box.height / 2);
    assertThat(legends)
        .hasText(Collections.nCopies(3, Pattern.compile("\\d")).toArray(Pattern[]::new));
    assertThat(Axe.faults(page)).isEmpty();
    page.waitForCondition(() -> month.asked.size() == 2); // at once
    assertThat(month.asked).first().asString().contains("&within=PT0.1S");
    assertThat(month.asked).last().asString().contains("&within=PT0.2S");

    page.locator("button[data-range='5m']").click();
    assertThat(page).hasURL(Pattern.compile("range=5m"));
    page.waitForFunction("() => document.querySelector('tm-chart').intervalS < 60");
    assertThat(summing).hasCount(0);
    assertThat(month.asked).as("nobody looks at the month any more").hasSize(2);

    month.isHeld = false;
    chart.locator(".u-over").dblclick();
    page.waitForFunction("() => document.querySelector('tm-chart').intervalS > 3600");
    assertThat(summing).hasCount(0);
    assertThat(page.locator(".chart-hint[role=status]")).isEmpty();
    assertThat(chart.locator("[role=img]"))
        .not()
        .hasAttribute("aria-label", Pattern.compile("being summed up"));

    // When it has to be summed up anew, what is drawn stays.
    int before = month.asked.size();
    month.isHeld = true;
    month.answer = "{\"interval\":\"PT2H\",\"summedFrom\":\"%s\",\"series\":[]}".formatted(to);
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))");
    page.waitForCondition(() -> month.asked.size() == before + 2);
    assertThat(page.locator("tm-chart")).hasCount(3);
    assertThat(summing).hasCount(0);
  }

  @Test
  void aTimeOfWhichNothingIsSummedUpYetIsNotCalledEmpty() {
    Instant to = Instant.parse("2026-03-01T00:00:00Z");
    MonthOnTheWay month = new MonthOnTheWay("office-1", to.minus(30, ChronoUnit.DAYS), to);
    Page page = month.open();
    Locator empty = page.locator(".charts .empty");
    assertThat(empty)
        .hasText(
            "These readings are being summed up, newest first. Nothing was stored after 2026-02-28 19:00:00 UTC+01:00; what was before comes next.");
    page.waitForCondition(() -> month.held != null);
    page.locator("button.live").click(); // paused, it goes on until it has all
    assertThat(page.locator("button.live")).hasAttribute("data-state", "paused");
    month.release();
    assertThat(empty).containsText("Nothing was stored between");
  }

  /** Opens a device's page with such a time, and is between it and ingest. */
  private static final class MonthOnTheWay {
    /** What the page has asked for of it. */
    private final List<String> asked = new ArrayList<>();

    private final String url;
    private final String from;
    private @Nullable Route held;

    /** To the next question, in the place of ingest's. */
    private @Nullable String answer;

    private boolean isHeld = true;

    MonthOnTheWay(String device, Instant from, Instant to) {
      url = "%s/device/%s?from=%s&to=%s".formatted(PAGES.fleet().url(), device, from, to);
      this.from = "from=" + from.toString().replace(":", "%3A").replace("Z", ".000Z");
    }

    Page open() {
      Page page = PAGES.browser().blank(Browser.DESKTOP, url);
      page.route(Pattern.compile("/readings\\?from="), this::pass);
      page.navigate(url);
      return page;
    }

    private void pass(Route route) {
      String request = route.request().url();
      if (!request.contains(from)) {
        route.resume();
        return;
      }
      asked.add(request);
      String instead = answer;
      answer = null;
      if (instead != null) {
        PageChecks.answer(route, instead);
      } else if (asked.size() == 1) {
        hurry(route);
      } else if (isHeld) {
        held = route;
      } else {
        route.resume();
      }
    }

    /** Has what waits answered with six hours more, and what is asked after that with all. */
    void release() {
      isHeld = false;
      Route waiting = held;
      if (waiting != null) {
        hurry(waiting);
      }
    }

    private static void hurry(Route route) {
      String hurried = route.request().url().replaceFirst("within=[^&]+", "within=PT0.000000001S");
      route.resume(new Route.ResumeOptions().setUrl(hurried));
    }
  }

  /** After a start of ingest nobody knows how often anything is stored until it has counted. */
  @Test
  void rowsThatAreNotCountedYetAreNotCalledStoredOnce() {
    String url = PAGES.fleet().url() + "/device/mill-1?range=5m";
    Page page = PAGES.browser().blank(Browser.DESKTOP, url);
    AtomicBoolean counted = new AtomicBoolean();
    page.route(
        "**/api/v1/devices/mill-1/ledger",
        route -> {
          String ledger = route.fetch().text().replace("\"redelivered\":0", "\"redelivered\":2");
          PageChecks.answer(
              route,
              counted.get()
                  ? ledger
                  : ledger.replaceFirst(
                      "\"duplicatesCheckedAt\":\"[^\"]+\"", "\"duplicatesCheckedAt\":null"));
        });
    page.navigate(url);
    Locator doubled = page.locator(".named[data-state=doubled]");
    Locator row = page.locator("tr", new Page.LocatorOptions().setHasText("duplicate rows"));
    assertThat(doubled).containsText("2 batches came again; duplicate rows are not counted yet.");
    assertThat(row).containsText("not counted yet");
    counted.set(true);
    page.reload();
    assertThat(doubled).containsText("2 batches came again; each reading is stored once.");
    assertThat(row.locator("td")).hasText("0");
  }

  @Test
  void whatIsNotThereIsExplainedWhereItWouldBe() {
    Page page = PAGES.openDevice(PostedFleet.WITH_MISSING, "1h");
    Locator gaps = page.locator(".strip button.state-missing");
    assertThat(gaps).hasCount(2);
    gaps.first().press("Enter");
    Locator words = page.locator("section.gap");
    assertThat(words).containsText("8 readings missing.");
    assertThat(words).containsText("Numbers 980–987, sampled between");
    assertThat(page).hasURL(Pattern.compile("gap=\\d+-980"));
    page.reload();
    assertThat(words).containsText("8 readings missing.");
    words.getByText("Zoom to it").click();
    assertThat(page.locator("button.custom")).hasAttribute("aria-pressed", "true");
    assertThat(gaps).hasCount(1);

    // As wide as it is now, the pointer can be put into it.
    Locator over = page.locator("tm-chart .u-over").first();
    over.hover();
    assertThat(page.locator(".tooltip-gap").first()).containsText("missing: 8, 980–987");
    words.getByText("Close").click();
    assertThat(words).hasCount(0);
    assertThat(page).not().hasURL(Pattern.compile("gap="));

    page.goBack(); // both of them, by the keyboard
    assertThat(gaps).hasCount(2);
    Locator strip = page.locator(".strip");
    strip.press("End");
    assertThat(words).containsText("4 readings missing.");
    strip.press("ArrowLeft");
    assertThat(words).containsText("8 readings missing.");
    assertThat(strip).hasAttribute("aria-activedescendant", Pattern.compile("mark-\\d+-980"));
    assertThat(gaps.first()).hasAttribute("aria-selected", "true");
    strip.press("Escape");
    assertThat(words).hasCount(0);
  }

  @Test
  void eachKindOfGapHasItsWords() {
    Page page = PAGES.openDevice(PostedFleet.WITH_DROPPED, "1h");
    page.locator(".strip button.state-dropped").first().click();
    assertThat(page.locator("section.gap"))
        .containsText("readings dropped on purpose: journal full.");
    Page other = PAGES.openDevice(PostedFleet.WITH_QUARANTINED, "1h");
    other.locator(".strip button.state-quarantined").click();
    assertThat(other.locator("section.gap")).containsText("5 readings set aside.");
    Page behind = PAGES.openDevice(PostedFleet.BEHIND, "5m");
    behind.locator(".strip button.state-waiting").click();
    assertThat(behind.locator("section.gap")).containsText("readings waiting.");
  }

  /** One epoch has readings that were given up in the quarantine, the next has lost some. */
  @Test
  void readingsThatAreNotThereAreNamedWithTheirEpoch() throws IOException, InterruptedException {
    Instant start = Instant.now().minusSeconds(120);
    PAGES
        .fleet()
        .deliver(
            Instant.now(),
            List.of(
                numbered(11, start, 0, 5, 21.5),
                numbered(11, start.plusSeconds(5), 5, 3, Double.NaN),
                numbered(11, start.plusSeconds(8), 8, 5, 21.5),
                numbered(12, start.plusSeconds(30), 0, 5, 21.5),
                numbered(12, start.plusSeconds(37), 7, 5, 21.5)));
    new Http()
        .post(
            PAGES.fleet().url() + "/api/v1/quarantine/discard?reason=not_finite&device=two-epochs",
            "{\"reason\":\"the probe was out\"}");
    Page page = PAGES.openDevice("two-epochs", "5m");
    Locator words = page.locator("section.gap");
    page.locator(".strip button.state-dropped").click();
    assertThat(words)
        .containsText("3 readings dropped on purpose: discarded. Numbers 5–7 of epoch 11,");
    assertThat(words).containsText("Somebody discarded them from the quarantine.");
    page.locator(".strip button.state-missing").click();
    assertThat(words).containsText("2 readings missing. Numbers 5–6 of epoch 12,");
    assertThat(page.locator(".named[data-state=missing]")).containsText("5–6 of epoch 12");

    page.route( // no fleet's quarantine is filled for that
        "**/api/v1/devices/two-epochs/gaps?**",
        route ->
            PageChecks.answer(
                route, route.fetch().text().replace("\"discarded\"", "\"quarantine_full\"")));
    page.reload();
    page.locator(".strip button.state-dropped").click();
    assertThat(words).containsText("3 readings dropped on purpose: quarantine full.");
    assertThat(words).containsText("They had been set aside, and the quarantine was full.");
  }

  /** A second each, of which the device keeps nothing afterwards. */
  private static Delivery numbered(
      long epoch, Instant start, long first, int count, double temperature) {
    List<Reading> readings =
        IntStream.range(0, count)
            .mapToObj(i -> ForwardPoster.nanos(start.plusSeconds(i)))
            .map(at -> new Reading("s", "k", at, Map.of("temperature", Value.of(temperature))))
            .toList();
    Batch batch =
        Batch.ofReadings("two-epochs", epoch, first, readings, first + count, first + count);
    return new Delivery("two-epochs", BatchCodec.encode(batch));
  }

  @Test
  void aTimeWithoutAnyRowSaysWhy() {
    Page page = PAGES.openDevice(PostedFleet.WITH_DROPPED, "1h");
    assertThat(page.locator(".strip button.state-dropped").first()).isVisible();
    Object middle =
        page.evaluate(
            "() => { const g = document.querySelector('tm-chart').marks.find((m) => m.state === 'dropped'); return Math.round((g.from + g.to) / 2); }");
    long seconds = ((Number) middle).longValue();
    Page within =
        PAGES
            .browser()
            .open(
                Browser.DESKTOP,
                "%s/device/%s?from=%s&to=%s"
                    .formatted(
                        PAGES.fleet().url(),
                        PostedFleet.WITH_DROPPED,
                        Instant.ofEpochSecond(seconds - 20),
                        Instant.ofEpochSecond(seconds + 20)));
    assertThat(within.locator(".empty")).containsText("Nothing was stored between");
    assertThat(within.locator(".strip button.state-dropped").first()).isVisible();
  }

  @Test
  void aStoreThatIsAwayIsSaidAndWhatIsDrawnStays() {
    PAGES.browser().expectOutage(); // answers are failures here
    Page page = PAGES.openDevice("mill-1", "5m");
    Locator live = page.locator("button.live");
    for (String part : List.of("readings?**", "latest?**", "ledger")) {
      String url = "**/api/v1/devices/mill-1/" + part;
      page.route(url, route -> PageChecks.refuse(route, 503, "the store is away"));
      page.keyboard().press("l");
      page.keyboard().press("l"); // asks at once
      assertThat(page.locator(".notice")).containsText("▲ the store is away. Since");
      assertThat(live).hasAttribute("data-state", "lost");
      if (part.startsWith("readings")) {
        itStaysSoThoughAllElseIsAnswered(page);
      }
      assertThat(page.locator("tm-chart")).hasCount(3);
      page.unroute(url);
      page.getByText("Try now").click();
      assertThat(live).hasAttribute("data-state", "live");
      assertThat(page.locator(".notice")).not().containsText("the store is away");
    }
  }

  private static void itStaysSoThoughAllElseIsAnswered(Page page) {
    page.evaluate(
        """
        () => {
          window.states = [];
          const live = document.querySelector('button.live');
          new MutationObserver(() => window.states.push(live.dataset.state)).observe(live, { attributes: true });
        }
        """);
    for (int asked = 0; asked < 2; asked++) { // the first of them is answered by then
      page.waitForRequest("**/api/v1/devices/mill-1/ledger", () -> {});
    }
    assertThat(page.evaluate("() => window.states")).isEqualTo(List.of());
  }

  @Test
  void whatIsRefusedIsNoLostConnection() {
    PAGES.browser().expectOutage(); // the browser logs the API's 400 by itself
    String url = PAGES.fleet().url() + "/device/";
    Page page =
        PAGES
            .browser()
            .open(
                Browser.DESKTOP, url + "mill-1?from=1960-01-01T00:00:00Z&to=1960-01-01T01:00:00Z");
    assertThat(page.locator(".charts .empty"))
        .hasText(
            "These readings cannot be shown. from must be in or after 1970, but is"
                + " \"1960-01-01T00:00:00.000Z\". Choose another range above.");
    assertThat(page.locator("button.live")).hasAttribute("data-state", "live");
    page.locator("button[data-range='5m']").click();
    assertThat(page.locator("tm-chart")).hasCount(3);

    page.navigate(url + "no%20body");
    assertThat(page.locator(".sentence")).hasText("There can be no such device.");
    assertThat(page.locator(".charts .empty"))
        .containsText("device must be 1 to 128 of A-Z a-z 0-9 . _ : -, but is \"no body\". See");
    // The stream of such a device is refused, too.
    assertThat(page.locator("button.live")).hasAttribute("data-state", "polling");
  }

  @Test
  void aTimeThatTheAddressHasInVainIsSaid() {
    Map<String, String> wrong = new LinkedHashMap<>();
    wrong.put("range=constructor", "range is “constructor”, and has to be one of those here.");
    wrong.put("from=2026-03-01T12:00:00Z", "it has no to, and needs both from and to.");
    wrong.put(
        "from=2026-03-01T12:00:00Z&to=2026-03-01T11:00:00Z",
        "to is “2026-03-01T11:00:00Z”, and has to be after from, “2026-03-01T12:00:00Z”.");
    wrong.put(
        "from=yesterday&to=2026-03-01T12:00:00Z&range=15m",
        "from is “yesterday”, and has to be a time such as 2026-03-01T12:00:00Z.");
    Page page = PAGES.openDevice("mill-1", "5m");
    Locator problem = page.locator(".range-problem");
    assertThat(problem).hasCount(0);
    wrong.forEach(
        (query, words) -> {
          page.navigate(PAGES.fleet().url() + "/device/mill-1?" + query);
          assertThat(problem)
              .hasText(
                  "▲ The time of this address cannot be shown: %s Shown instead: %s."
                      .formatted(words, query.endsWith("15m") ? "15m" : "5m"));
          assertThat(page.locator("tm-chart")).hasCount(3);
        });
    page.locator("button[data-range='5m']").click();
    assertThat(problem).hasCount(0);
    page.navigate(PAGES.fleet().url() + "/compare?range=toString");
    assertThat(problem).containsText("range is “toString”");
  }

  /** Ingest has no such number of stretches here: its answers are changed on the way. */
  @Test
  void whatTheStripDoesNotShowIsSaidUnderIt() {
    PAGES.browser().expectOutage(); // answers are failures here
    String url = PAGES.fleet().url() + "/device/" + PostedFleet.WITH_MISSING;
    Page page = PAGES.browser().blank(Browser.DESKTOP, url);
    for (String part : List.of("gaps", "late")) {
      page.route(
          "**/" + part + "?**",
          route ->
              PageChecks.answer(
                  route, route.fetch().text().replace("\"more\":false", "\"more\":true")));
    }
    page.navigate(url + "?range=1h");
    Locator note = page.locator(".strip-note");
    assertThat(note)
        .hasText(
            "Only the newest gaps and late stretches are shown: choose a shorter time for the others,"
                + " if there are any.");
    Locator gaps = page.locator(".strip button.state-missing");
    assertThat(gaps).hasCount(2);

    page.unroute("**/gaps?**");
    page.unroute("**/late?**");
    page.route("**/gaps?**", route -> PageChecks.refuse(route, 503, "the store is away"));
    page.locator("button[data-range='15m']").click();
    assertThat(note)
        .hasText(
            "▲ It cannot be asked now why readings are not there: the store is away. It is asked again"
                + " with the next readings.");
    assertThat(gaps).hasCount(2);
    page.route("**/late?**", route -> PageChecks.refuse(route, 503, "the store is away"));
    page.reload();
    assertThat(note).containsText("why readings are not there, and what was stored late:");
    page.unroute("**/gaps?**");
    page.unroute("**/late?**");
    page.locator("button[data-range='1h']").click();
    assertThat(gaps).hasCount(2);
    assertThat(note).hasCount(0);
  }

  @Test
  void whatIsShownCanBeTakenAway() throws IOException {
    Page page = PAGES.openDevice("mill-2", "5m");
    page.locator("button.live").click(); // the range stays as it is
    assertThat(page.locator("button.live")).hasAttribute("data-state", "paused");
    Download download = page.waitForDownload(() -> page.locator("a[download]").click());
    assertThat(download.suggestedFilename()).isEqualTo("mill-2.csv");
    List<String> lines = Files.readAllLines(download.path());
    assertThat(lines.get(0)).startsWith("time,");
    assertThat(lines.size()).isBetween(200, 302);

    page.getByText("API", new Page.GetByTextOptions().setExact(true)).click();
    String call = (String) page.evaluate("() => navigator.clipboard.readText()");
    APIResponse answer = page.request().get(call);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).contains("\"series\":[{").contains("\"metric\":\"temperature\"");
  }

  @Test
  void timesAreShownInUtcIfOneWants() {
    Page page =
        PAGES
            .browser()
            .open(
                Browser.DESKTOP,
                PAGES.fleet().url()
                    + "/device/mill-1?from=2026-03-01T12:00:00Z&to=2026-03-01T12:10:00Z");
    Locator empty = page.locator(".empty");
    assertThat(empty).containsText("between 13:00:00 and 13:10:00 UTC+01:00");
    page.locator(".bar .zone").click();
    assertThat(empty).containsText("between 12:00:00 and 12:10:00 UTC.");
    page.reload();
    assertThat(empty).containsText("between 12:00:00 and 12:10:00 UTC.");
    page.locator("button.custom").click();
    page.locator("input[name=from]").fill("2026-03-01T11:59:30");
    page.getByText("Show", new Page.GetByTextOptions().setExact(true)).click();
    assertThat(page).hasURL(Pattern.compile("from=2026-03-01T11%3A59%3A30.000Z"));
    page.locator(".bar .zone").click();
    assertThat(empty).containsText("between 12:59:30 and 13:10:00 UTC+01:00");
  }

  @Test
  void anAgentSaysWhichReleaseItIsAndWhichSensorFails() throws InterruptedException {
    Instant now = Instant.now();
    Map<String, Value> said =
        Map.of(
            "version",
            Value.of("1.2.3"),
            "started",
            Value.of(now.minusSeconds(7200).toString()),
            "failing",
            Value.of(1),
            "fault",
            Value.of("roof (bme280): nothing answers at 0x76"));
    long at = ForwardPoster.nanos(now);
    List<Reading> readings =
        List.of(
            new Reading("cellar", "bme280", at, Map.of("temperature", Value.of(12.5))),
            new Reading("self", "agent", at, said));
    Batch batch = Batch.ofReadings("pi-roof", 1, 0, readings, 2, 2);
    PAGES.fleet().deliver(now, List.of(new Delivery("pi-roof", BatchCodec.encode(batch))));

    Locator agent = PAGES.openDevice("pi-roof", "5m").locator("section.agent");
    assertThat(agent).containsText("1.2.3");
    assertThat(agent).containsText("2 h ago");
    assertThat(agent).containsText("1 failing");
    assertThat(agent).containsText("no reading from");
    assertThat(agent).containsText("roof (bme280): nothing answers at 0x76");
    assertThat(agent.page().locator("table.latest")).not().containsText("self");
  }

  @Test
  void aChartMovesOnByItself() {
    Page page = PAGES.openDevice("silo-2", "5m");
    Locator chart = page.locator("tm-chart").first();
    assertThat(page.locator("button.live")).hasAttribute("data-state", "live");
    double before = lastTime(chart);
    page.waitForFunction(
        "before => { const t = document.querySelector('tm-chart').plot.data[0]; return t[t.length - 1] > before + 2; }",
        before);
    Locator latest = page.locator("table.latest .num").first();
    String value = latest.getAttribute("data-full");
    assertThat(latest).not().hasAttribute("data-full", value);
  }

  @Test
  void draggingZoomsAndADoubleClickGoesBack() {
    Page page = PAGES.openDevice("mill-2", "15m");
    new ChartHand(page, 0).drag(0.4, 0.6);
    assertThat(page).hasURL(Pattern.compile("from=.*&to="));
    assertThat(shownSeconds(page)).isCloseTo(180, within(10.0));
    assertThat(page.locator("button.custom")).hasAttribute("aria-pressed", "true");
    page.waitForFunction(
        "() => { const c = document.querySelector('tm-chart'); return c.plot.data[0].filter(t => t >= c.fromS && t <= c.toS).length > 100; }");
    page.locator("tm-chart .u-over").first().dblclick();
    assertThat(page.locator("button[data-range='15m']")).hasAttribute("aria-pressed", "true");
    assertThat(shownSeconds(page)).isCloseTo(900, within(1.0));
  }

  /** What does not fit would be cut off, which no page may do to a number: see {@link Browser}. */
  @Test
  void axesHaveRoomForTheirNumbersAndNoDecimalTooMany() {
    Instant to = Instant.now().truncatedTo(ChronoUnit.MINUTES);
    String readings =
        "{\"interval\":\"PT1S\",\"series\":[%s,%s]}"
            .formatted(series("energy", 1_234_567.8, to), series("pressure", 1_010.3, to));
    Page page = PAGES.browser().blank(Browser.PHONE, PAGES.fleet().url());
    page.route("**/api/v1/devices/mill-1/readings?**", route -> PageChecks.answer(route, readings));
    page.navigate(
        "%s/device/mill-1?from=%s&to=%s".formatted(PAGES.fleet().url(), to.minusSeconds(60), to));
    assertThat(page.locator("tm-chart")).hasCount(2);
    List<?> written = (List<?>) page.evaluate("() => [...window.written]");
    assertThat(written).extracting(Object::toString).contains("1,234,567.85", "1,010.35");
    assertThat(written)
        .as("decimals as the steps have them")
        .noneMatch(text -> text.toString().matches(".*\\.\\d{3,}"));
    String end = LocalTime.ofInstant(to, ZoneId.of("Europe/Berlin")).toString() + ":00";
    assertThat(written)
        .as("the end of the range, on the chart's edge")
        .extracting(Object::toString)
        .contains(end);
    Object edges =
        page.evaluate(
            """
            () => {
              const plots = [...document.querySelectorAll('tm-chart .u-over')];
              const strip = document.querySelector('.strip');
              return new Set([...plots, strip].map((e) => Math.round(e.getBoundingClientRect().left))).size;
            }
            """);
    assertThat(edges).as("places where charts and the strip begin").isEqualTo(1);
  }

  /** A minute of a value that rises by 0.08. */
  private static String series(String metric, double from, Instant to) {
    return IntStream.range(0, 60)
        .mapToObj(
            i -> {
              double v = from + i * 0.08 / 59;
              return "{\"time\":\"%s\",\"mean\":%s,\"min\":%s,\"max\":%s,\"count\":1}"
                  .formatted(to.minusSeconds(60L - i), v, v, v);
            })
        .collect(
            Collectors.joining(
                ",",
                "{\"sensor\":\"main\",\"metric\":\"%s\",\"unit\":\"\",\"points\":["
                    .formatted(metric),
                "]}"));
  }

  @Test
  void aRangeOfOnesOwnIsPartOfTheAddress() {
    Page page = PAGES.openDevice("mill-2", "1h");
    page.locator("button.custom").click();
    page.locator("input[name=from]").fill("2020-01-01T10:00");
    page.evaluate("() => { window.before = document.querySelector('tm-range').range.toMs; }");
    page.waitForFunction(
        "() => document.querySelector('tm-range').range.toMs > window.before + 1000");
    assertThat(page.locator("input[name=from]"))
        .hasValue(Pattern.compile("2020-01-01T10:00.*")); // though the live range has moved on
    page.locator("input[name=to]").fill("2020-01-01T09:00");
    page.getByText("Show", new Page.GetByTextOptions().setExact(true)).click();
    assertThat(page.locator(".range-custom [role=alert]"))
        .hasText("The end must be after the start.");
    page.locator("input[name=to]").fill("2020-01-01T11:00");
    page.getByText("Show", new Page.GetByTextOptions().setExact(true)).click();
    assertThat(page.locator(".charts .empty"))
        .containsText("Nothing was stored between 10:00:00 and 11:00:00 UTC+01:00");
    page.reload();
    assertThat(page.locator(".charts .empty"))
        .containsText("Nothing was stored between 10:00:00 and 11:00:00 UTC+01:00");
    page.getByText("show its last readings").click();
    assertThat(page.locator("tm-chart")).hasCount(3);
  }

  @Test
  void aDeviceNobodyKnowsSaysSo() {
    PAGES.browser().expectOutage(); // the browser logs the API's 404 by itself
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/device/nobody");
    assertThat(page.locator(".sentence")).hasText("No such device is known.");
    assertThat(page.locator(".empty")).containsText("Nothing has come from “nobody”");
  }

  @Test
  void aClickCopiesTheWholeNumber() {
    Page page = PAGES.openDevice(PostedFleet.LATE, "1h");
    Locator value = page.locator("table.latest .num").first();
    String full = value.getAttribute("data-full");
    assertThat(full).matches("-?[0-9.]+");
    value.click();
    assertThat(page.evaluate("() => navigator.clipboard.readText()")).isEqualTo(full);
    assertThat(page.locator("[aria-live=polite]")).hasText("Copied " + full);
  }

  private static double lastTime(Locator chart) {
    return ((Number) chart.evaluate("c => c.plot.data[0].at(-1)")).doubleValue();
  }

  private static double shownSeconds(Page page) {
    return ((Number)
            page.evaluate(
                "() => { const c = document.querySelector('tm-chart'); return c.toS - c.fromS; }"))
        .doubleValue();
  }
}
