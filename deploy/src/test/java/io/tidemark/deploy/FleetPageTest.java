package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.demo.Sums;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The fleet page in a real browser, over a real ingest whose every figure is known. */
class FleetPageTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  private static final String SENTENCE = "h1.sentence, p.sentence";

  @Test
  void theFleetShowsEveryDeviceWithTheSumsOfItsBooks() throws InterruptedException {
    PAGES.fleet().quiet();
    try {
      Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
      Map<String, Sums> expected = PAGES.fleet().expected();
      assertThat(page.locator("tbody tr[data-device]")).hasCount(expected.size());
      for (Map.Entry<String, Sums> entry : expected.entrySet()) {
        Locator row = page.locator("tr[data-device='" + entry.getKey() + "']");
        assertSum(row, "stored", entry.getValue().stored());
        assertSum(row, "waiting", entry.getValue().waiting());
        assertSum(row, "quarantined", entry.getValue().quarantined());
        assertSum(row, "dropped", entry.getValue().dropped());
        assertSum(row, "missing", entry.getValue().missing());
      }
      Sums total = PostedFleet.total(expected.values());
      assertThat(page.locator(SENTENCE))
          .hasText(
              Pattern.compile(
                  String.format(
                      Locale.US,
                      "Missing: 12 readings of 1 device\\.\\s+Show them\\.\\s+%,d readings"
                          + " produced: %,d stored, %,d waiting, %,d set aside, %,d dropped on"
                          + " purpose\\.",
                      total.produced(),
                      total.stored(),
                      total.waiting(),
                      total.quarantined(),
                      total.dropped())));
    } finally {
      PAGES.fleet().lively();
    }
  }

  private static void assertSum(Locator row, String state, long expected) {
    Locator sum = row.locator(".ledger-cell .sum-" + state + " .num");
    if (expected == 0 && !state.equals("stored")) {
      assertThat(sum).hasCount(0);
    } else {
      assertThat(sum).hasAttribute("data-full", Long.toString(expected));
    }
  }

  @Test
  void figuresOnTheFleetMoveWithoutAReload() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    assertThat(page.locator("button.live")).hasAttribute("data-state", "live");
    page.evaluate("() => (window.sameDocument = true)");
    Locator row = page.locator("tr[data-device='mill-1']");
    Locator stored = row.locator(".sum-stored .num");
    Locator value = row.locator(".spark-value .num");
    assertThat(value).isVisible();
    String storedBefore = stored.getAttribute("data-full");
    String valueBefore = value.getAttribute("data-full");
    assertThat(stored).not().hasAttribute("data-full", storedBefore);
    assertThat(value).not().hasAttribute("data-full", valueBefore);
    assertThat(page.evaluate("() => window.sameDocument")).isEqualTo(true);
  }

  @Test
  void aDeviceThatIsSilentIsToldByAWordAndAShape() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    Locator late = page.locator("tr[data-device='" + PostedFleet.LATE + "']");
    assertThat(late.locator(".status")).not().hasText("online");
    assertThat(late.locator(".status svg")).isVisible();
    assertThat(late.locator("time")).hasText(Pattern.compile("\\d+ (min|s) ago"));
    assertThat(late.locator("time")).hasAttribute("title", Pattern.compile("UTC[+]\\d\\d:00$"));
    assertThat(page.locator("tr[data-device='mill-1'] .status")).hasText("online");
  }

  @Test
  void searchAndFiltersNarrowTheTable() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    Locator rows = page.locator("tbody tr[data-device]");
    assertThat(rows).hasCount(20);

    page.getByLabel("Search devices").fill("mill");
    assertThat(rows).hasCount(2);
    assertThat(page).hasURL(Pattern.compile("q=mill"));
    page.getByLabel("Search devices").press("Escape");
    assertThat(rows).hasCount(20);

    page.locator("button[data-filter=missing]").click();
    assertThat(rows).hasCount(1);
    assertThat(rows).hasAttribute("data-device", PostedFleet.WITH_MISSING);
    page.reload();
    assertThat(rows).hasCount(1);

    page.getByLabel("Search devices").fill("no such thing");
    assertThat(page.locator(".empty")).containsText("No device matches");
    page.getByText("Show all 20 devices").click();
    assertThat(rows).hasCount(20);
  }

  @Test
  void theSentenceLeadsToWhatIsMissing() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    page.getByText("Show them.").click();
    assertThat(page.locator("tbody tr[data-device]")).hasCount(1);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(PostedFleet.WITH_MISSING))
        .click();
    assertThat(page).hasURL(PAGES.fleet().url() + "/device/" + PostedFleet.WITH_MISSING);
    Locator named = page.locator("[data-state=missing]");
    assertThat(named.locator("li")).hasCount(2);
    assertThat(named).containsText("980–987");
    assertThat(named).containsText("1,040–1,043");
  }

  @Test
  void columnsSortBothWays() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    Locator first = page.locator("tbody tr[data-device]").first();
    assertThat(first).hasAttribute("data-device", "boiler-1");
    page.locator("th.col-device button").click();
    assertThat(first).hasAttribute("data-device", "yard-gate");
    page.locator("th.col-ledger button").click();
    assertThat(first).hasAttribute("data-device", PostedFleet.WITH_MISSING);
    assertThat(page.locator("th.col-ledger")).hasAttribute("aria-sort", "descending");
    page.locator("th.col-seen button").click();
    page.locator("th.col-seen button").click();
    assertThat(first).hasAttribute("data-device", PostedFleet.LATE);
  }

  @Test
  void onAPhoneOneSearchesFiltersSortsAndOpensADevice() {
    Page page = PAGES.browser().open(Browser.PHONE.dark(), PAGES.fleet().url() + "/");
    Locator rows = page.locator("tbody tr[data-device]");
    assertThat(rows).hasCount(20);
    page.getByLabel("Search devices").tap();
    page.keyboard().type("mill");
    assertThat(rows).hasCount(2);
    page.getByLabel("Search devices").fill("");
    assertThat(rows).hasCount(20);

    page.locator("button[data-filter=missing]").tap();
    assertThat(rows).hasCount(1);
    page.locator("button[data-filter=missing]").tap();
    assertThat(rows).hasCount(20);

    assertThat(rows.first()).hasAttribute("data-device", "boiler-1");
    page.getByLabel("Order: ascending").tap();
    assertThat(rows.first()).hasAttribute("data-device", "yard-gate");
    page.getByLabel("Sort by").selectOption("ledger");
    assertThat(rows.first()).hasAttribute("data-device", PostedFleet.WITH_MISSING);
    page.getByLabel("Order: descending").tap();
    assertThat(page.getByLabel("Order: ascending")).isVisible();
    assertThat(rows.last()).hasAttribute("data-device", PostedFleet.WITH_MISSING);
    assertThat(page).hasURL(Pattern.compile("sort=ledger"));

    rows.first().locator(".col-device a").tap();
    assertThat(page.locator("tm-chart").first()).isVisible();
    page.goBack();
    assertThat(rows.last()).hasAttribute("data-device", PostedFleet.WITH_MISSING);
  }

  @Test
  void thousandsOfDevicesAreOnlyDrawnWhereOneLooks() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    String devices =
        IntStream.range(0, 5000)
            .mapToObj(i -> deviceJson("sim-%04d".formatted(i), 100 + i))
            .collect(Collectors.joining(",", "{\"items\":[", "],\"next\":null}"));
    page.route("**/api/v1/devices?**", route -> PageChecks.answer(route, devices));
    page.route("**/api/v1/devices/*/readings?**", route -> PageChecks.answer(route, NO_SERIES));
    page.navigate(PAGES.fleet().url() + "/");
    Locator rows = page.locator("tbody tr[data-device]");
    assertThat(rows.first()).hasAttribute("data-device", "sim-0000");
    assertThat(page.locator(".fleet-foot")).containsText("5,000 devices");
    assertThat(rows.count()).isLessThan(80);
    page.evaluate(
        "() => { const s = document.querySelector('.table-scroller'); s.scrollTop = s.scrollHeight; }");
    assertThat(page.locator("tr[data-device='sim-4999']")).isVisible();
    assertThat(rows.count()).isLessThan(80);
    assertThat(page.locator("table.fleet")).hasAttribute("aria-rowcount", "5001");
  }

  private static final String NO_SERIES = "{\"interval\":\"PT1S\",\"series\":[]}";

  private static String deviceJson(String name, int produced) {
    return """
        {"device":"%s","firstSeen":"2026-01-01T00:00:00Z","lastSeen":"2026-01-01T00:00:00Z",\
        "status":"online","sensors":["bme280"],"rate":1.0,"ledger":{"produced":%d,"waiting":0,"stored":%d,\
        "quarantined":0,"dropped":0,"missing":0,"duplicates":0,"redelivered":0}}"""
        .formatted(name, produced, produced);
  }

  @Test
  void anEmptyFleetSaysWhyAndWhatToDo() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    page.route(
        "**/api/v1/devices?**", route -> PageChecks.answer(route, "{\"items\":[],\"next\":null}"));
    page.navigate(PAGES.fleet().url() + "/");
    assertThat(page.locator(".empty")).containsText("No device has sent anything yet.");
    assertThat(page.locator(".empty")).containsText("./tidemark demo");
  }

  @Test
  void theLastKnownFleetIsThereBeforeTheFirstAnswer() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    assertThat(page.locator("tbody tr[data-device]")).hasCount(20);
    page.route("**/api/v1/devices?**", route -> {}); // never answered
    page.reload();
    assertThat(page.locator("tbody tr[data-device]")).hasCount(20);
    assertThat(page.locator(".notice")).containsText("last known as of");
  }
}
