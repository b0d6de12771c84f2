package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page on which readings are laid beside each other, in a real browser over a real ingest. */
class ComparePageTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  private static Page open(String query) {
    return PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/compare" + query);
  }

  /** Five minutes that are over, as the address has them. */
  private static String fixedRange() {
    Instant to = Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(60);
    return "from=%s&to=%s".formatted(to.minus(Duration.ofMinutes(5)), to);
  }

  private static Locator rows(Page page) {
    return page.locator("table.compared tbody tr");
  }

  /** Series that are drawn: each has a mean, a minimum and a maximum. */
  private static void awaitLines(Page page, int lines) {
    page.waitForFunction(
        "n => document.querySelector('tm-chart')?.plot?.series.length === 1 + 3 * n", lines);
  }

  @Test
  void oneSearchesADeviceAndPicksWhatItMeasures() {
    Page page = open("?range=15m");
    assertThat(page.locator(".empty")).containsText("Nothing is compared yet.");
    Locator search = page.locator(".picker input");
    search.click();
    assertThat(page.locator("#picker-list li")).hasCount(8);
    assertThat(page.locator(".picker-note")).containsText("There are more");
    search.fill("boiler north"); // words of the id and of the site
    assertThat(page.locator("#picker-list li")).hasCount(2);
    search.press("ArrowDown");
    search.press("Enter");
    assertThat(page.locator("#picker-list li"))
        .containsText(new String[] {"Temperature", "Humidity", "Pressure"});
    page.locator("#picker-list li").first().click();
    assertThat(page.locator("#picker-list li").first()).hasAttribute("aria-selected", "true");
    awaitLines(page, 1);
    search.press("Backspace");
    search.fill("mill-1");
    assertThat(page.locator("#picker-list li")).hasCount(1);
    search.press("Enter");
    search.fill("temp bme");
    assertThat(page.locator("#picker-list li")).hasCount(1);
    search.press("Enter");
    awaitLines(page, 2);
    search.press("Escape");
    assertThat(page.locator("#picker-list")).hasCount(0);

    assertThat(page.locator("h1")).hasText("Temperature of boiler-2 and mill-1.");
    assertThat(page)
        .hasURL(
            Pattern.compile(
                "/compare\\?series=boiler-2/bme280/temperature&series=mill-1/bme280/temperature&range=15m$"));
    Locator chart = page.locator("tm-chart");
    assertThat(PageChecks.points(chart)).isGreaterThan(100);
    assertThat(PageChecks.linesDrawn(chart)).isGreaterThan(500);
    page.goBack();
    assertThat(rows(page)).hasCount(1);
    awaitLines(page, 1);
    page.goForward();
    awaitLines(page, 2);
    page.reload();
    awaitLines(page, 2);
    page.getByLabel("Remove boiler-2 bme280 temperature").click();
    assertThat(page.locator("h1")).hasText("Temperature of mill-1.");
    awaitLines(page, 1);
  }

  @Test
  void twoUnitsHaveAnAxisEachAndAThirdIsRefusedInWords() {
    Page page =
        open(
            "?series=mill-1/bme280/temperature&series=mill-2/bme280/humidity&series=mill-1/bme280/pressure&range=15m");
    awaitLines(page, 2);
    assertThat(page.locator(".chart-head h2"))
        .hasText(new String[] {"Temperature °C, left", "Humidity %, right"});
    assertThat(axisOf(page, 1)).isEqualTo("left");
    assertThat(axisOf(page, 2)).isEqualTo("right");
    assertThat(rows(page).nth(2))
        .containsText("Not drawn: the chart has two axes, and they are °C and %.");
    page.getByLabel("Remove mill-1 bme280 temperature").click();
    assertThat(page.locator(".chart-head h2"))
        .hasText(new String[] {"Humidity %, left", "Pressure hPa, right"});
  }

  private static String axisOf(Page page, int nth) {
    return (String)
        page.locator("tm-chart").evaluate("(c, n) => c.plot.series[3 * n - 2].scale", nth);
  }

  /** What is drawn of another time is what the API has of that time. */
  @Test
  void aSeriesIsLaidOverItselfOfAnotherTime() {
    Page page = open("?series=boiler-2/bme280/temperature&" + fixedRange());
    awaitLines(page, 1);
    page.getByLabel("Add boiler-2 bme280 temperature of another time").click();
    assertThat(rows(page).nth(1)).containsText("no value is stored of this time");
    assertThat(page).hasURL(Pattern.compile("temperature@-P1D&"));
    page.getByLabel("Time of boiler-2 bme280 temperature").nth(1).selectOption("earlier by …");
    Locator own = page.getByLabel("How much earlier");
    assertThat(own).isFocused();
    own.fill("ten minutes");
    own.press("Enter");
    assertThat(page.locator(".own-shift [role=alert]")).containsText("such as 36h, 2d");
    own.fill("10m");
    own.press("Enter");
    awaitLines(page, 2);
    assertThat(page).hasURL(Pattern.compile("temperature@-PT10M&"));
    assertThat(page.getByLabel("Time of boiler-2 bme280 temperature").nth(1)).hasValue("-600000");
    assertThat(rows(page).nth(1).locator("option:checked")).hasText("10 minutes earlier");
    assertThat(rows(page).nth(1).locator("option:disabled")).hasText("as shown, in row 1");
    page.getByLabel("Time of boiler-2 bme280 temperature").nth(0).selectOption("earlier by …");
    own.fill("600s");
    own.press("Enter");
    assertThat(page.locator(".own-shift [role=alert]"))
        .hasText("Row 2 is of that time already: write another length.");
    own.press("Escape");
    assertThat(rows(page)).hasCount(2);
    Object isSame =
        page.evaluate(
            """
            async () => {
              const { plot, fromS, toS } = document.querySelector('tm-chart');
              const at = (s) => new Date(s * 1000).toISOString();
              const answer = await (await fetch('/api/v1/points?series=boiler-2/bme280/temperature'
                  + `&from=${at(fromS - 600)}&to=${at(toS - 600)}&points=600`)).json();
              const { points } = answer.series[0];
              const count = points.reduce((sum, p) => sum + p.count, 0);
              const expected = points.reduce((sum, p) => sum + p.mean * p.count, 0) / count;
              const drawn = plot.data[4].filter((v) => v != null);
              const mean = drawn.reduce((sum, v) => sum + v, 0) / drawn.length;
              const times = plot.data[0].filter((_t, i) => plot.data[4][i] != null);
              return drawn.length > 200 && Math.abs(mean - expected) < 0.01 && times[0] >= fromS - 2 && times.at(-1) < toS;
            }
            """);
    assertThat(isSame).isEqualTo(true);
    assertThat(dash(page, 1)).isEqualTo("");
    assertThat(dash(page, 2)).isNotEmpty();
    assertThat(colour(page, 2)).isEqualTo(colour(page, 1));
  }

  private static String dash(Page page, int nth) {
    return (String)
        page.locator("tm-chart")
            .evaluate("(c, n) => (c.plot.series[3 * n - 2].dash ?? []).join(' ')", nth);
  }

  private static String colour(Page page, int nth) {
    return (String) page.locator("tm-chart").evaluate("(c, n) => c.panel.lines[n - 1].colour", nth);
  }

  @Test
  void aMetricKeepsItsColourAndDevicesAreStillToldApart() {
    StringBuilder query = new StringBuilder("?range=15m");
    for (String device : List.of("mill-1", "mill-2", "silo-1", "silo-2", "dryer-2")) {
      query.append("&series=").append(device).append("/bme280/humidity");
    }
    Page page = open(query.toString());
    awaitLines(page, 5);
    Page device = PAGES.openDevice("mill-1", "15m");
    assertThat(colour(page, 1))
        .isEqualTo(
            device.locator("tm-chart[data-panel='%']").evaluate("c => c.panel.lines[0].colour"));
    Object looks =
        page.locator("tm-chart")
            .evaluate("c => new Set(c.panel.lines.map((l) => l.colour + l.dash)).size");
    assertThat(looks).isEqualTo(5);
    assertThat(rows(page).locator(".mark")).hasText(new String[] {"1", "2", "3", "4", "5"});

    // The band of so many lines is shown only if one wants it.
    Locator band = page.getByText("Band", new Page.GetByTextOptions().setExact(true));
    assertThat(band).hasAttribute("aria-pressed", "false");
    band.click();
    assertThat(band).hasAttribute("aria-pressed", "true");
    assertThat(page).hasURL(Pattern.compile("band=on"));
    page.waitForFunction("() => document.querySelector('tm-chart').plot.bands.length === 5");
  }

  @Test
  void theTooltipHasEveryLineTheHighestFirst() {
    Page page =
        open(
            "?series=boiler-1/bme280/temperature&series=yard-gate/bme280/temperature&series=mill-1/bme280/humidity&"
                + fixedRange());
    awaitLines(page, 3);
    page.locator("tm-chart .u-over").hover();
    Locator lines = page.locator(".tooltip div:not(.tooltip-time)");
    assertThat(lines).hasCount(3);
    assertThat(lines)
        .containsText(
            new String[] {
              "2 yard-gate bme280 temperature",
              "1 boiler-1 bme280 temperature",
              "3 mill-1 bme280 humidity"
            });
    assertThat(lines.last()).containsText(" %");
    assertThat(page.locator("tm-chart [role=img]"))
        .hasAttribute(
            "aria-label",
            Pattern.compile(
                "^Temperature and Humidity, .*yard-gate bme280 temperature: from .* °C"));
  }

  /** Where one device's readings are not there, the other's must not lend it points. */
  @Test
  void aGapIsAGapThoughOtherLinesGoOn() {
    Page page =
        open(
            "?series=%s/bme280/temperature&series=mill-1/bme280/temperature&range=1h"
                .formatted(PostedFleet.WITH_DROPPED));
    awaitLines(page, 2);
    Object between =
        page.locator("tm-chart")
            .evaluate(
                """
                (c) => {
                  const [times, gapped, , , other] = c.plot.data;
                  const gap = times.map((_t, i) => i).filter((i) => gapped[i] === null && other[i] != null);
                  return gap.length >= 10 && gap.every((i, n) => n === 0 || gapped.slice(gap[n - 1], i).every((v) => v === null));
                }
                """);
    assertThat(between).as("nothing but gap where the other has points").isEqualTo(true);
    aGapIsShadedAndSaidOfWhomItIs(page);
    aTimeWithoutAnyRowSaysWhy(page);
  }

  private static void aGapIsShadedAndSaidOfWhomItIs(Page page) {
    page.waitForFunction("() => document.querySelector('tm-chart').marks.length > 0");
    assertThat(page.locator(".chart-hint")).containsText("Shaded is where a device has no row");
    Map<?, ?> place =
        (Map<?, ?>)
            page.locator("tm-chart")
                .evaluate(
                    """
                    (c) => {
                      const { from, to } = c.marks.find((mark) => mark.state === 'dropped');
                      const x = c.plot.valToPos((from + to) / 2, 'x');
                      const box = c.querySelector('.u-over').getBoundingClientRect();
                      const alpha = (css) => {
                        const { ctx, bbox } = c.plot;
                        return ctx.getImageData(bbox.left + css * devicePixelRatio, bbox.top + 2, 1, 1).data[3];
                      };
                      return { x: box.left + x, y: box.top + 10, inside: alpha(x), outside: Math.min(...[50, 55, 60].map((left) => alpha(x - left))) };
                    }
                    """);
    assertThat(number(place, "inside")).as("shade of the gap").isGreaterThan(0);
    assertThat(number(place, "outside")).as("shade beside it").isZero();
    page.mouse().move(number(place, "x"), number(place, "y"));
    assertThat(page.locator(".tooltip-gap"))
        .hasText(Pattern.compile("hall-south: dropped on purpose: journal full, \\d+, \\d+–\\d+"));
    assertThat(page.locator(".tooltip div:not(.tooltip-time, .tooltip-gap)"))
        .containsText(new String[] {"2 mill-1 bme280 temperature"});

    // Of another time it is where that is drawn, and only there.
    double from = gapFrom(page, "");
    page.getByLabel("Time of hall-south bme280 temperature").selectOption("1 hour earlier");
    page.waitForFunction("() => document.querySelector('tm-chart').marks.length === 0");
    page.getByLabel("Time of hall-south bme280 temperature").selectOption("earlier by …");
    page.getByLabel("How much earlier").fill("2m");
    page.keyboard().press("Enter");
    page.waitForFunction("() => document.querySelector('tm-chart').marks.length > 0");
    assertThat(gapFrom(page, " 2 minutes earlier")).isBetween(from + 100, from + 140);
  }

  private static double gapFrom(Page page, String shift) {
    return ((Number)
            page.locator("tm-chart")
                .evaluate(
                    "(c, name) => c.marks.find((mark) => mark.label.startsWith(name + ': dropped')).from",
                    PostedFleet.WITH_DROPPED + shift))
        .doubleValue();
  }

  private static double number(Map<?, ?> place, String name) {
    return ((Number) Objects.requireNonNull(place.get(name))).doubleValue();
  }

  private static void aTimeWithoutAnyRowSaysWhy(Page page) {
    long middle = Math.round(gapFrom(page, " 2 minutes earlier")) - 120 + 90;
    page.navigate(
        "%s/compare?series=%s/bme280/temperature&from=%s&to=%s"
            .formatted(
                PAGES.fleet().url(),
                PostedFleet.WITH_DROPPED,
                Instant.ofEpochSecond(middle - 20),
                Instant.ofEpochSecond(middle + 20)));
    assertThat(page.locator(".charts .empty"))
        .containsText("hall-south: dropped on purpose: journal full");
  }

  @Test
  void draggingZoomsAndADoubleClickGoesBack() {
    Page page = open("?series=mill-2/bme280/temperature&range=15m");
    awaitLines(page, 1);
    new ChartHand(page, 0).drag(0.4, 0.6);
    assertThat(page).hasURL(Pattern.compile("\\?series=mill-2/bme280/temperature&from=.*&to="));
    page.locator("tm-chart .u-over").dblclick();
    assertThat(page).hasURL(Pattern.compile("temperature&range=15m$"));
  }

  @Test
  void onAPhoneASeriesIsAddedShiftedZoomedIntoAndTakenBack() {
    Page page =
        PAGES
            .browser()
            .open(
                Browser.PHONE.dark(),
                PAGES.fleet().url() + "/compare?series=mill-2/bme280/temperature&range=15m");
    awaitLines(page, 1);
    page.locator(".picker input").tap();
    page.keyboard().type("mill-1");
    assertThat(page.locator("#picker-list li")).hasCount(1);
    page.locator("#picker-list li").tap();
    page.locator("#picker-list li").first().tap();
    awaitLines(page, 2);
    page.locator("h1").tap();
    page.getByLabel("Time of mill-2 bme280 temperature").selectOption("-86400000");
    assertThat(page).hasURL(Pattern.compile("mill-2/bme280/temperature@-P1D&"));
    assertThat(rows(page).first()).containsText("no value is stored of this time");
    ChartHand hand = new ChartHand(page, 0);
    hand.swipe(0.4, 0.6);
    assertThat(page).hasURL(Pattern.compile("@-P1D&series=mill-1/bme280/temperature&from=.*&to="));

    Locator back = page.getByText("Back", new Page.GetByTextOptions().setExact(true));
    back.tap();
    assertThat(page).hasURL(Pattern.compile("@-P1D&.*&range=15m$"));
    back.tap();
    assertThat(page).hasURL(Pattern.compile("series=mill-2/bme280/temperature&.*&range=15m$"));
    back.tap();
    assertThat(rows(page)).hasCount(1);
    assertThat(back).hasCount(0); // there is no more of this page
  }

  @Test
  void whatIsShownCanBeTakenAway() throws IOException {
    Page page =
        open(
            "?series=mill-1/bme280/temperature&series=mill-1/bme280/temperature@-PT10M&"
                + fixedRange());
    awaitLines(page, 2);
    Download download = page.waitForDownload(() -> page.locator("a[download]").click());
    assertThat(download.suggestedFilename()).isEqualTo("compare.csv");
    List<String> lines = Files.readAllLines(download.path());
    assertThat(lines.get(0)).isEqualTo("device,sensor,metric,unit,shift,time,mean,min,max,count");
    assertThat(lines).anyMatch(line -> line.startsWith("mill-1,bme280,temperature,°C,-PT10M,"));
    page.getByText("API", new Page.GetByTextOptions().setExact(true)).click();
    APIResponse answer =
        page.request().get((String) page.evaluate("() => navigator.clipboard.readText()"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).contains("\"shift\":\"-PT10M\"");
  }

  @Test
  void oneComesFromADevicesChartOrFromTickedRows() {
    Page page = PAGES.openDevice(PostedFleet.TWO_SENSORS, "15m");
    page.getByLabel("Compare Temperature").click();
    assertThat(page)
        .hasURL(
            Pattern.compile(
                "/compare\\?series=boiler-1/bme280/temperature&series=boiler-1/outside/temperature&range=15m$"));
    awaitLines(page, 2);

    page.locator(".places a").first().click();
    page.getByLabel("Compare mill-1").check();
    page.getByLabel("Compare office-1").check();
    assertThat(page.locator(".fleet-foot")).containsText("2 devices ticked");
    page.locator(".fleet-foot a.button").click();
    assertThat(page)
        .hasURL(
            Pattern.compile(
                "/compare\\?series=mill-1/bme280/temperature&series=office-1/bme280/temperature$"));
    awaitLines(page, 2);
    leavingBeforeItIsKnownWhatDevicesMeasureIsLeaving(page);
  }

  private static void leavingBeforeItIsKnownWhatDevicesMeasureIsLeaving(Page page) {
    page.evaluate(
        """
        () => {
          const ask = window.fetch.bind(window);
          const isHeldBack = new Promise((release) => (window.release = release));
          window.answers = [];
          window.fetch = (url, init) => {
            if (!url.includes('/latest')) return ask(url, init);
            const answer = isHeldBack.then(() => ask(url, init));
            window.answers.push(answer.then((response) => response.clone().text()));
            return answer;
          };
        }
        """);
    page.locator(".places a").first().click();
    page.getByLabel("Compare mill-1").check();
    page.locator(".fleet-foot a.button").click();
    assertThat(page.locator(".compare-placeholder")).hasText("Asking what these devices measure…");
    page.goBack();
    assertThat(page.getByLabel("Compare mill-1")).isVisible();
    List<String> asked = new ArrayList<>();
    page.onRequest(request -> asked.add(request.url()));
    String address = page.url();
    page.evaluate(
        """
        async () => {
          window.release();
          await Promise.allSettled(window.answers);
          await fetch('/api/v1/devices?limit=1'); // as long as it takes to go on with what was answered
        }
        """);
    assertThat(page.url()).isEqualTo(address);
    assertThat(asked)
        .anyMatch(url -> url.endsWith("/devices?limit=1"))
        .noneMatch(url -> url.contains("/points?"));
  }

  /** Devices of which the page is to choose what they show first. */
  @Test
  void aDeviceThatCannotBeAskedKeepsNoOtherOut() {
    PAGES.browser().expectOutage(); // requests are made to fail here
    String url = PAGES.fleet().url() + "/compare";
    Page page = PAGES.browser().blank(Browser.DESKTOP, url);
    page.route("**/devices/mill-2/latest?**", route -> route.abort());
    page.navigate(url + "?series=rubbish&device=mill-1&device=mill-2&device=nobody&range=15m");
    awaitLines(page, 1);
    assertThat(page.locator(".compare-warning"))
        .containsText(
            new String[] {
              "Not shown: rubbish.",
              "mill-2: what to draw cannot be asked. Ingest cannot be reached. Reload the page to try again.",
              "nobody: no numbers are stored of it"
            });
    assertThat(page)
        .hasURL(Pattern.compile("\\?series=mill-1/bme280/temperature&device=mill-2&range=15m$"));
    page.unroute("**/devices/mill-2/latest?**");
    page.getByLabel("Add mill-1 bme280 temperature of another time").click();
    awaitLines(page, 2);
    assertThat(rows(page).nth(2)).containsText("mill-2");
    assertThat(page.locator(".compare-warning")).hasCount(0);

    theChartIsFull(page, url);
  }

  private static void theChartIsFull(Page page, String url) {
    String series = "series=mill-1/bme280/temperature";
    StringBuilder query = new StringBuilder("?" + series);
    for (String shift : List.of("P1D", "PT24H", "P7D", "P14D", "P28D")) {
      query.append('&').append(series).append("@-").append(shift); // two of them are the same
    }
    for (int minutes = 1; minutes <= 10; minutes++) {
      query.append('&').append(series).append("@-PT").append(minutes).append('M');
    }
    page.navigate(url + query + "&device=mill-2&device=dryer-2&device=mill-2&range=5m");
    assertThat(rows(page)).hasCount(16);
    assertThat(page.locator(".compare-warning")).containsText("Not shown: dryer-2.");
    Locator add = page.getByLabel("Add mill-1 bme280 temperature of another time");
    for (Locator one : add.all()) {
      assertThat(one).isDisabled();
      assertThat(one).hasAttribute("title", "The chart is full: remove a series to add another.");
    }
    page.getByLabel("Remove mill-1 bme280 temperature, 10 minutes earlier").click();
    assertThat(rows(page)).hasCount(15);
    add.first().click();
    assertThat(page).hasURL(Pattern.compile("temperature&series=mill-1/bme280/temperature@-P35D&"));
    assertThat(rows(page)).hasCount(16);
  }

  @Test
  void whatCannotBeShownSaysWhyAndTheRestIsShown() {
    PAGES.browser().expectOutage(); // requests are made to fail here
    Page page =
        open(
            "?series=nobody/bme280/temperature&series=mill-1/x/y&series=mill-1/bme280/temperature&series=rubbish&range=15m");
    awaitLines(page, 1);
    assertThat(rows(page).nth(0)).containsText("nothing valid has come of device nobody");
    assertThat(rows(page).nth(1)).containsText("device mill-1 has no sensor x; it has bme280");
    assertThat(page.locator(".compare-warning")).containsText("Not shown: rubbish.");

    page.route("**/api/v1/devices?**", route -> route.abort());
    page.locator(".picker input").click();
    assertThat(page.locator(".picker-note")).containsText("Ingest cannot be reached.");
    page.unroute("**/api/v1/devices?**");
    page.locator(".picker input").fill("nowhere");
    assertThat(page.locator(".picker-note")).containsText("No device matches “nowhere”.");

    Page past =
        open("?series=mill-1/bme280/temperature&from=2020-01-01T10:00:00Z&to=2020-01-01T11:00:00Z");
    assertThat(past.locator(".charts .empty"))
        .containsText("Nothing was stored of it between 11:00:00 and 12:00:00 UTC+01:00.");
    past.locator(".bar .zone").click();
    assertThat(past.locator(".charts .empty")).containsText("between 10:00:00 and 11:00:00 UTC.");
    whatTheLedgerDoesNotSayIsSaid();
  }

  /** Ingest has no such number of stretches here: its answers are changed on the way. */
  private static void whatTheLedgerDoesNotSayIsSaid() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    for (String part : List.of("mill-1/gaps", "mill-2/late")) {
      page.route(
          "**/" + part + "?**",
          route ->
              PageChecks.answer(
                  route, route.fetch().text().replace("\"more\":false", "\"more\":true")));
    }
    page.navigate(
        PAGES.fleet().url()
            + "/compare?series=mill-1/bme280/temperature&series=mill-2/bme280/temperature&range=15m");
    Locator note = page.locator(".strip-note");
    assertThat(note)
        .hasText(
            "Only the newest gaps and late stretches are shown: choose a shorter time for the others,"
                + " if there are any.");
    page.unroute("**/mill-1/gaps?**");
    page.unroute("**/mill-2/late?**");
    page.route("**/mill-2/gaps?**", route -> PageChecks.refuse(route, 503, "the store is away"));
    page.locator("button[data-range='5m']").click();
    assertThat(note)
        .hasText(
            "▲ It cannot be asked now why readings are not there: the store is away. It is asked again"
                + " with the next readings.");
    page.unroute("**/mill-2/gaps?**");
    assertThat(note).hasCount(0);
  }

  @Test
  void theChartMovesOnByItselfUnlessPaused() {
    Page page = open("?series=silo-2/bme280/temperature&range=5m");
    awaitLines(page, 1);
    page.evaluate("() => (window.before = document.querySelector('tm-chart').plot.data[0].at(-1))");
    page.waitForFunction(
        "() => document.querySelector('tm-chart').plot.data[0].at(-1) > window.before + 2");
    page.keyboard().press("l");
    assertThat(page.locator("button.live")).hasAttribute("data-state", "paused");
    assertThat(page.locator(".notice")).containsText("paused");

    // Held still, it stays where it is if other series are shown, until another time is.
    String shown =
        timeOf(
            (String) page.evaluate("() => document.querySelector('.take-away .num').dataset.full"));
    page.evaluate("() => (window.before = document.querySelector('tm-chart').toS)");
    page.waitForFunction("() => Date.now() > 1000 * window.before + 1000");
    Locator add = page.getByLabel("Add silo-2 bme280 temperature of another time");
    assertThat(asked(page, add::click)).isEqualTo(shown);
    assertThat(rows(page).nth(1)).containsText("no value is stored of this time");
    Locator time = page.getByLabel("Time of silo-2 bme280 temperature").nth(1);
    assertThat(asked(page, () -> time.selectOption("1 hour earlier"))).isEqualTo(shown);
    Locator remove = page.getByLabel("Remove silo-2 bme280 temperature, 1 hour earlier");
    assertThat(asked(page, remove::click)).isEqualTo(shown);
    page.locator("tm-range").getByText("15m").click();
    page.waitForFunction("() => document.querySelector('tm-chart').toS > window.before + 1");
  }

  /** The time of which points are asked then. */
  private static String asked(Page page, Runnable action) {
    return timeOf(page.waitForRequest(Pattern.compile("/points\\?"), action).url());
  }

  private static String timeOf(String url) {
    return url.replaceAll(".*&(from=[^&]*&to=[^&]*).*", "$1");
  }
}
