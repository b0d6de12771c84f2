package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions.HasAttributeOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What holds for every page of the dashboards: their manners, keys, looks, and what they do when
 * ingest is away.
 */
class DashboardTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  @Test
  void keysWorkButNotWhereOneTypes() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/device/mill-1");
    assertThat(page.locator("tm-chart").first()).isVisible();
    page.keyboard().press("?");
    assertThat(page.locator("dialog")).isVisible();
    page.keyboard().press("Escape");
    assertThat(page.locator("dialog")).isHidden();

    page.keyboard().press("[");
    assertThat(page.locator("button.custom")).hasAttribute("aria-pressed", "true");
    page.keyboard().press("]");
    assertThat(page.locator("button[data-range='5m']")).hasAttribute("aria-pressed", "true");

    page.keyboard().press("l");
    assertThat(page.locator("button.live")).hasAttribute("data-state", "paused");
    page.keyboard().press("l");
    assertThat(page.locator("button.live")).hasAttribute("data-state", "live");

    page.keyboard().press("g");
    page.keyboard().press("f");
    assertThat(page).hasURL(PAGES.fleet().url() + "/");
    page.keyboard().press("/");
    page.keyboard().type("silo?l");
    assertThat(page.getByLabel("Search devices")).hasValue("silo?l");
    assertThat(page.locator("dialog")).isHidden();
    assertThat(page.locator("button.live")).hasAttribute("data-state", "live");
    page.goBack();
    assertThat(page).hasURL(Pattern.compile("/device/mill-1"));
  }

  @Test
  void pausedMeansNothingMoves() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    Locator stored = page.locator("tr[data-device='mill-1'] .sum-stored .num");
    assertThat(stored).isVisible();
    page.locator("button.live").click();
    assertThat(page.locator("button.live")).hasAttribute("data-state", "paused");
    awaitMore(page, 2); // what was under way when it was pressed may still arrive
    String before = stored.getAttribute("data-full");
    awaitMore(page, 3);
    assertThat(stored).hasAttribute("data-full", before);
    page.locator("button.live").click();
    assertThat(stored).not().hasAttribute("data-full", before);
  }

  /** Waits until ingest has stored that many more readings of mill-1, whatever the page shows. */
  private static void awaitMore(Page page, int readings) {
    page.evaluate(
        """
        async (more) => {
          const stored = async () => (await (await fetch('/api/v1/devices/mill-1/ledger')).json()).totals.stored;
          const before = await stored();
          while ((await stored()) < before + more) await new Promise((resume) => setTimeout(resume, 200));
        }
        """,
        readings);
  }

  @Test
  void anIngestThatComesBackIsNoticedWithoutAReload() throws InterruptedException {
    PAGES.browser().expectOutage();
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    Page device =
        PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/device/mill-1?range=15m");
    Locator stored = page.locator("tr[data-device='mill-1'] .sum-stored .num");
    assertThat(stored).isVisible();
    assertThat(device.locator("tm-chart")).hasCount(3);
    Map<Page, String> polling = new LinkedHashMap<>();
    POLLING.forEach(
        (path, shown) -> {
          Page open = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + path);
          assertThat(open.locator(shown).first()).isVisible();
          polling.put(open, shown);
        });
    PAGES.fleet().quiet();
    PAGES.fleet().crash();
    try {
      for (Page open : Stream.concat(Stream.of(page, device), polling.keySet().stream()).toList()) {
        assertThat(open.locator(".notice")).containsText("Ingest cannot be reached");
        assertThat(open.locator(".notice"))
            .containsText(Pattern.compile("Since \\d\\d:\\d\\d:\\d\\d UTC"));
        assertThat(open.locator("button.live")).hasAttribute("data-state", "lost");
      }
      assertThat(page.locator("tbody tr[data-device]")).hasCount(20);
      assertThat(PageChecks.points(device.locator("tm-chart").first())).isGreaterThan(100);
      polling.forEach((open, shown) -> assertThat(open.locator(shown).first()).isVisible());
    } finally {
      PAGES.fleet().recover();
      PAGES.fleet().lively();
    }
    String before = stored.getAttribute("data-full");
    Object drawnTo = device.evaluate(LAST_DRAWN);
    assertThat(page.locator("button.live"))
        .hasAttribute("data-state", "live", new HasAttributeOptions().setTimeout(60_000));
    assertThat(stored).not().hasAttribute("data-full", before);
    assertThat(page.locator(".notice")).not().containsText("Ingest cannot be reached");
    assertThat(device.locator("button.live"))
        .hasAttribute("data-state", "live", new HasAttributeOptions().setTimeout(60_000));
    device.waitForFunction("before => (" + LAST_DRAWN + ")() > before + 2", drawnTo);
    for (Page open : polling.keySet()) {
      assertThat(open.locator("button.live"))
          .hasAttribute("data-state", "polling", new HasAttributeOptions().setTimeout(60_000));
      assertThat(open.locator(".notice")).not().containsText("Ingest cannot be reached");
    }
  }

  private static final String LAST_DRAWN =
      "() => document.querySelector('tm-chart').plot.data[0].at(-1)";

  /** Pages without a live stream, and what each shows of an ingest that is there. */
  private static final Map<String, String> POLLING =
      Map.of(
          "/quarantine", "tr[data-item]",
          "/compare?series=mill-1/bme280/temperature&range=15m", "tm-chart",
          "/gateways", "section.cluster",
          "/alerts", "#alerts-rules");

  @ParameterizedTest
  @CsvSource({
    "/,         **/api/v1/devices?**,  Asking for the devices…",
    "/gateways, **/api/v1/gateways,    Asking for the gateways…",
    "/alerts,   **/api/v1/alerts/rules, Asking for the alerts…"
  })
  void aPageThatAsksSaysSoAndAnErrorIsShownInPlaceWithWhatToDo(
      String path, String api, String asking) {
    PAGES.browser().expectOutage();
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    List<Route> first = new ArrayList<>();
    AtomicBoolean isAway = new AtomicBoolean(true);
    page.route(
        api,
        route -> {
          if (first.isEmpty()) {
            first.add(route); // and is answered below
          } else if (isAway.get()) {
            PageChecks.refuse(route, 503, "the store is away");
          } else {
            route.resume();
          }
        });
    page.navigate(PAGES.fleet().url() + path);
    page.waitForCondition(() -> !first.isEmpty());
    assertThat(page.locator("h1")).hasText(asking);
    PageChecks.refuse(first.get(0), 503, "the store is away");
    Locator notice = page.locator(".notice");
    assertThat(notice).containsText("▲ the store is away. Since");
    assertThat(page.locator("button.live")).hasAttribute("data-state", "lost");
    // Were it back before, the page might have found out by itself, and the button be gone.
    page.getByText("Try now").click();
    isAway.set(false);
    assertThat(page.locator("h1")).not().hasText(asking, new HasTextOptions().setTimeout(60_000));
    assertThat(notice).not().containsText("the store is away");
    assertThat(page.locator("button.live")).not().hasAttribute("data-state", "lost");
  }

  @Test
  void theThemeButtonIsRememberedBeforeTheFirstPaint() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    Locator button = page.locator("button.theme");
    String light = background(page);
    assertThat(button).hasAttribute("aria-label", "Theme: auto");
    button.click();
    assertThat(button).hasAttribute("aria-label", "Theme: light");
    assertThat(background(page)).isEqualTo(light);
    button.click();
    assertThat(button).hasAttribute("aria-label", "Theme: dark");
    String dark = background(page);
    assertThat(dark).isNotEqualTo(light);
    page.reload();
    assertThat(background(page)).isEqualTo(dark);
    Page system = PAGES.browser().open(Browser.DESKTOP.dark(), PAGES.fleet().url() + "/");
    assertThat(background(system)).isEqualTo(dark);
  }

  private static String background(Page page) {
    return (String)
        page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor");
  }

  /** One button for all pages, and no page has times of both zones. */
  @Test
  void everyPageShowsTheZoneThatIsChosen() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    try {
      rules.make("{'name':'quiet','kind':'silent','device':'press-07','for':'PT1M'}");
      boolean isUtc = false;
      for (String path :
          List.of(
              "/",
              "/device/" + PostedFleet.WITH_MISSING,
              "/compare?series=mill-1/bme280/temperature",
              "/quarantine",
              "/quarantine?item=1",
              "/gateways",
              "/alerts")) {
        page.navigate(PAGES.fleet().url() + path);
        awaitZone(page, isUtc); // as it was chosen on the page before
        page.locator(".bar .zone").click();
        isUtc = !isUtc;
        awaitZone(page, isUtc);
      }
    } finally {
      rules.clear();
    }
  }

  /** What is written on a page, and what is said of it where a pointer rests. */
  private static void awaitZone(Page page, boolean isUtc) {
    page.waitForFunction(
        """
        (isUtc) => {
          const main = document.querySelector('main');
          const words = [main.innerText, ...[...main.querySelectorAll('[title]')].map((e) => e.title)].join(' ');
          const zones = new Set(words.match(/UTC([+]0\\d:00)?/g));
          return zones.size === 1 && zones.has('UTC') === isUtc;
        }
        """,
        isUtc);
  }

  @Test
  void headersKeepThePageToItsOrigin() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    for (String path :
        List.of(
            "/",
            "/device/mill-1",
            "/device/a.b:c-d_e",
            "/compare?series=a/b/c@-P7D",
            "/gateways",
            "/quarantine?item=1",
            "/alerts")) {
      APIResponse response = page.request().get(PAGES.fleet().url() + path);
      assertThat(response.status()).as(path).isEqualTo(200);
      assertThat(response.headers())
          .hasEntrySatisfying(
              "content-security-policy",
              policy -> assertThat(policy).startsWith("default-src 'self';"))
          .containsEntry("cache-control", "no-cache")
          .containsEntry("x-content-type-options", "nosniff");
    }
    assertThat(page.request().get(PAGES.fleet().url() + "/nowhere").status()).isEqualTo(404);
  }

  @Test
  void numbersAndTimesAreWrittenAsPeopleReadThem() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    SoftAssertions.assertSoftly(
        softly ->
            WRITTEN.forEach(
                (call, expected) ->
                    softly.assertThat(written(page, call)).as(call).isEqualTo(expected)));
  }

  /** Asks the bundle that the page was served. */
  private static String written(Page page, String call) {
    return (String)
        page.evaluate(
            "async () => { const bundle = document.querySelector('script[type=module]').src;"
                + " const { format } = await import(bundle);"
                + " return String(format."
                + call
                + "); }");
  }

  private static final Map<String, String> WRITTEN =
      Map.ofEntries(
          Map.entry("value(21.437)", "21.44"),
          Map.entry("value(0)", "0"),
          Map.entry("value(-0)", "0"),
          Map.entry("fullValue(-0)", "-0"),
          Map.entry("value(-3.5)", "−3.500"),
          Map.entry("value(0.0004321)", "4.321 × 10⁻⁴"),
          Map.entry("value(-1e-12)", "−1.000 × 10⁻¹²"),
          Map.entry("value(5e-324)", "4.941 × 10⁻³²⁴"),
          Map.entry("value(1013.25)", "1,013"),
          Map.entry("value(101325)", "101,325"),
          Map.entry("value(1.5e9)", "1.500 × 10⁹"),
          Map.entry("value(999.99)", "1,000"),
          Map.entry("fullValue(0.1)", "0.1"),
          Map.entry("valueWithin(1013.2512, 2)", "1,013.25"),
          Map.entry("valueWithin(-0.0001, 5)", "0.00"),
          Map.entry("count(10214332)", "10,214,332"),
          Map.entry("count(9007199254740991)", "9,007,199,254,740,991"),
          Map.entry("shortCount(9999)", "9,999"),
          Map.entry("shortCount(12345)", "12.3 k"),
          Map.entry("shortCount(999950)", "1.00 M"),
          Map.entry("shortCount(10214332)", "10.2 M"),
          Map.entry("bytes(1)", "1 byte"),
          Map.entry("bytes(1023)", "1,023 bytes"),
          Map.entry("bytes(1024)", "1.00 KiB"),
          Map.entry("bytes(1047552)", "1,023 KiB"),
          Map.entry("bytes(1048570)", "1.00 MiB"),
          Map.entry("bytes(2**30)", "1.00 GiB"),
          Map.entry("bytes(2**41)", "2,048 GiB"),
          Map.entry("rate(1200).text", "1.20"),
          Map.entry("rate(1200).unit", "k/s"),
          Map.entry("rate(0.2).text", "0.200"),
          Map.entry("rate(1/60).text", "1.00"),
          Map.entry("rate(1/60).unit", "/min"),
          Map.entry("rate(null).text", "–"),
          Map.entry("duration(99999)", "99 s"),
          Map.entry("duration(100000)", "1 min"),
          Map.entry("duration(172800000)", "2 d"),
          Map.entry("relative(1000, 2500)", "now"),
          Map.entry("relative(1000, 61000)", "60 s ago"),
          Map.entry("relative(61000, 1000)", "in 60 s"),
          Map.entry(
              "parseTime('2026-11-23T08:56:19.123456789Z') - 1795424179123", "0.456787109375"),
          Map.entry(
              "absolute('2026-11-23T08:56:19.123456789Z')",
              "2026-11-23 09:56:19.123456789 UTC+01:00"),
          Map.entry("absolute('2026-07-01T00:00:00Z')", "2026-07-01 02:00:00 UTC+02:00"),
          Map.entry("absolute('not a time')", "not a time"),
          Map.entry("numbers(400, 417)", "400–417"),
          Map.entry("numbers(1000, 1000)", "1,000"),
          Map.entry("plural(1, 'reading')", "1 reading"),
          Map.entry("plural(2000, 'reading')", "2,000 readings"));
}
