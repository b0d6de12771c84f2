package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions.HasAttributeOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
  void singleKeysAreSwitchedOffForGood() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    Locator live = page.locator("button.live");
    assertThat(live).hasAttribute("data-state", "live");
    page.keyboard().press("?");
    Locator keys = page.getByRole(AriaRole.SWITCH);
    assertThat(keys).hasText("Single keys: on");
    keys.click();
    assertThat(keys).hasAttribute("aria-checked", "false");
    page.keyboard().press("Escape");
    assertThat(page.locator("dialog")).isHidden();
    pressAll(page);
    page.reload();
    assertThat(live).hasAttribute("data-state", "live");
    pressAll(page);
    assertThat(live).hasAttribute("title", Pattern.compile("Click to pause$"));

    page.getByLabel("Help").click();
    keys.click();
    page.keyboard().press("Escape");
    page.keyboard().press("l");
    assertThat(live).hasAttribute("data-state", "paused");
  }

  /** None of them does anything. */
  private static void pressAll(Page page) {
    for (String key : List.of("?", "l", "/", "g", "q")) {
      page.keyboard().press(key);
    }
    assertThat(page.locator("dialog")).isHidden();
    assertThat(page.locator("button.live")).hasAttribute("data-state", "live");
    assertThat(page.getByLabel("Search devices")).not().isFocused();
    assertThat(page).hasURL(PAGES.fleet().url() + "/");
  }

  @Test
  void aMouseMovesAndZoomsAllChartsAtOnce() {
    Page page = PAGES.openDevice("mill-2", "5m");
    ChartHand hand = new ChartHand(page, 0);
    ChartHand other = new ChartHand(page, 2);
    double[] before = hand.shown();
    page.keyboard().down("Shift");
    hand.press(0.4);
    hand.moveTo(0.6);
    page.keyboard().up("Shift");
    double[] moved = hand.shown();
    assertThat(moved[1]).isCloseTo(before[1] - 60, within(5.0));
    page.waitForFunction(
        "before => document.querySelector('tm-chart').toS > before + 2", before[1]);
    assertThat(hand.shown()).as("held, though the live range goes on").isEqualTo(moved);
    assertThat(other.shown()).isEqualTo(moved);
    page.mouse().up();
    assertThat(page).hasURL(Pattern.compile("from=.*&to="));
    assertThat(hand.shown()).containsExactly(moved, within(0.01));
    assertThat(other.shown()).containsExactly(moved, within(0.01));

    hand.moveTo(0.25);
    page.keyboard().down("Control");
    page.mouse().wheel(0, -100);
    page.keyboard().up("Control");
    page.waitForCondition(() -> other.shownSeconds() < 250);
    double[] zoomed = hand.shown();
    assertThat(hand.shownSeconds()).isCloseTo(300 / 1.4, within(0.1));
    assertThat(zoomed[0] + hand.shownSeconds() / 4).isCloseTo(moved[0] + 75, within(1.0));
    page.goBack();
    page.waitForCondition(() -> Math.abs(hand.shown()[0] - moved[0]) < 0.01);
    page.goBack();
    assertThat(page.locator("button[data-range='5m']")).hasAttribute("aria-pressed", "true");
    theCursorIsShared(page, hand);
  }

  @Test
  void aPlotIsNotChangedUnderTheHand() {
    Page page = PAGES.openDevice("mill-2", "5m");
    ChartHand hand = new ChartHand(page, 0);
    hand.press(0.2);
    hand.moveTo(0.3);
    Locator chart = page.locator("tm-chart").first();
    Locator plot = chart.locator(".uplot");
    plot.evaluate("p => p.id = 'under-the-hand'");
    chart.evaluate("async c => { c.valuesWidth += 20; await c.updateComplete }");
    assertThat(plot).hasId("under-the-hand");
    hand.moveTo(0.4);
    page.mouse().up();
    assertThat(page).hasURL(Pattern.compile("from=.*&to="));
    assertThat(hand.shownSeconds()).isCloseTo(60, within(5.0));
    assertThat(plot).not().hasId("under-the-hand");
  }

  private static void theCursorIsShared(Page page, ChartHand hand) {
    hand.moveTo(0.5);
    page.waitForFunction(
        "() => { const at = [...document.querySelectorAll('tm-chart')].map((c) => c.plot.cursor.left); return at[0] > 0 && at.every((left) => Math.abs(left - at[0]) < 1); }");
    assertThat(page.locator(".tooltip:visible")).hasCount(1); // where the pointer is
    page.mouse().move(5, 5);
    page.waitForFunction(
        "() => [...document.querySelectorAll('tm-chart')].every((c) => c.plot.cursor.left < 0)");
  }

  /** What turns of the wheel follow each other are one step of the browser's history. */
  @Test
  void oneGoesBackByTheBrowserAndByTheButtonAlike() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    page.locator("tr[data-device='mill-2'] .col-device a").click();
    assertThat(page.locator("tm-chart")).hasCount(3);
    Locator back = page.getByText("Back", new Page.GetByTextOptions().setExact(true));
    assertThat(back).hasCount(0);
    page.locator("button[data-range='15m']").click();
    page.locator("button[data-range='15m']").click(); // no other than is shown
    page.locator("tm-chart .u-over")
        .first()
        .evaluate(
            "(plot) => { for (const _one of [1, 2, 3]) plot.dispatchEvent(new WheelEvent('wheel', { deltaY: -100, ctrlKey: true, cancelable: true })); }");
    assertThat(page).hasURL(Pattern.compile("from=.*&to="));
    page.reload();
    assertThat(page.locator("tm-chart")).hasCount(3);
    back.focus();
    page.keyboard().press("Enter");
    assertThat(page.locator("button[data-range='15m']")).hasAttribute("aria-pressed", "true");
    back.focus();
    page.keyboard().press("Enter");
    assertThat(page.locator("button[data-range='5m']")).hasAttribute("aria-pressed", "true");
    assertThat(back).hasCount(0);
    assertThat(page.locator("button[data-range='5m']")).isFocused();
    page.goForward();
    assertThat(page.locator("button[data-range='15m']")).hasAttribute("aria-pressed", "true");
    page.goBack();
    page.goBack();
    assertThat(page).hasURL(PAGES.fleet().url() + "/");
  }

  @Test
  void fingersDoOnAPhoneWhatAMouseDoes() {
    Page page =
        PAGES
            .browser()
            .open(
                Browser.PHONE.dark(),
                PAGES.fleet().url() + "/device/" + PostedFleet.WITH_MISSING + "?range=5m");
    assertThat(page.locator(".chart-hint .by-touch")).isVisible();
    assertThat(page.locator(".chart-hint .by-mouse")).isHidden();
    page.locator("button[data-range='15m']").tap();
    assertThat(page.locator("button[data-range='15m']")).hasAttribute("aria-pressed", "true");
    assertThat(page.locator("button[data-range='15m']")).hasAttribute("aria-pressed", "true");

    aNarrowMarkIsHit(page);
    rangesAreLargeEnoughAndAllThere(page);
    page.getByLabel("Menu").tap();
    page.getByText("Times in UTC").tap();
    assertThat(page.locator(".notice")).hasText(Pattern.compile(" UTC$"));
    assertThat(page.locator(".bar-menu")).isHidden();
    page.getByLabel("Menu").tap();
    assertThat(Axe.faults(page)).as("the menu").isEmpty();
    page.locator(".bar-menu").getByText("Help").tap();
    assertThat(page.locator("dialog")).isVisible();
    assertThat(Axe.faults(page)).as("the help").isEmpty();
    assertThat(page.locator("dialog .by-touch")).containsText("two fingers");
  }

  private static void rangesAreLargeEnoughAndAllThere(Page page) {
    var first = page.locator(".range .button").first().boundingBox();
    for (Locator one : page.locator(".range .button").all()) {
      var box = one.boundingBox();
      String name = one.innerText();
      assertThat(Math.min(box.width, box.height)).as(name).isGreaterThanOrEqualTo(24);
      assertThat(box.y).as("in one row: " + name).isEqualTo(first.y);
      assertThat(box.x + box.width).as(name).isLessThanOrEqualTo(Browser.PHONE.width() - first.x);
    }
    page.locator("button[data-range='30d']").tap();
    assertThat(page).hasURL(Pattern.compile("range=30d"));
    page.waitForFunction(
        "() => { const c = document.querySelector('tm-chart'); return Math.round((c.toS - c.fromS) / 86_400) === 30; }");
    page.locator("button[data-range='15m']").tap();
  }

  /** Four pixels are not much for a finger. */
  private static void aNarrowMarkIsHit(Page page) {
    Locator marks = page.locator(".strip button.state-missing");
    assertThat(marks).hasCount(2);
    page.locator(".strip").scrollIntoViewIfNeeded(); // marks may be drawn anew meanwhile
    List<?> at =
        (List<?>)
            page.evaluate(
                "() => { const box = [...document.querySelectorAll('.strip button.state-missing')].at(-1).getBoundingClientRect();"
                    + " return [box.right + 8, box.y + box.height / 2]; }");
    page.touchscreen().tap(((Number) at.get(0)).doubleValue(), ((Number) at.get(1)).doubleValue());
    Locator words = page.locator("section.gap");
    assertThat(words).containsText("4 readings missing.");
    words.getByText("Previous").tap();
    assertThat(words).containsText("8 readings missing.");
    words.getByText("Close").tap();
    assertThat(words).hasCount(0);
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
}
