package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
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
