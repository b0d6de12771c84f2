package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.demo.Sums;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
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
        assertSums(row, entry.getValue());
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

  /** Of a row, or below all. */
  private static void assertSums(Locator shown, Sums sums) {
    assertSum(shown, "stored", sums.stored());
    assertSum(shown, "waiting", sums.waiting());
    assertSum(shown, "quarantined", sums.quarantined());
    assertSum(shown, "dropped", sums.dropped());
    assertSum(shown, "missing", sums.missing());
  }

  private static void assertSum(Locator shown, String state, long expected) {
    Locator sum = shown.locator(".sum-" + state + " .num");
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

    page.locator("button[data-filter=stored-late]").click();
    assertThat(page).hasURL(Pattern.compile("show=stored-late"));
    assertThat(page.locator("button[data-filter=stored-late]")).hasText("With stored late 1");
    assertThat(rows).hasCount(1);
    assertThat(rows).hasAttribute("data-device", PostedFleet.WITH_LATE);
    assertThat(rows.locator(".sum-stored")).containsText("(60 late)");
    assertThat(rows.locator(".ledger-bar"))
        .hasAttribute("title", Pattern.compile("^stored \\d+ \\(60 of them late\\)$"));
    assertThat(rows.locator(".ledger-bar .state-late")).isVisible();
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
  void theOrderIsPartOfTheAddress() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/?sort=-seen");
    Locator rows = page.locator("tbody tr[data-device]");
    assertThat(page.locator("th.col-seen")).hasAttribute("aria-sort", "descending");
    assertThat(rows.last()).hasAttribute("data-device", PostedFleet.LATE);
    page.locator("th.col-seen button").click();
    assertThat(page).hasURL(PAGES.fleet().url() + "/?sort=seen");
    assertThat(rows.first()).hasAttribute("data-device", PostedFleet.LATE);
    page.reload();
    assertThat(page.locator("th.col-seen")).hasAttribute("aria-sort", "ascending");
    assertThat(rows.first()).hasAttribute("data-device", PostedFleet.LATE);
    page.locator("th.col-device button").click();
    assertThat(page).hasURL(PAGES.fleet().url() + "/");
  }

  /** A fleet of ten thousand, as it is told now: what happens to others is not waited for. */
  private static Page openLarge(ToldFleet told) {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    page.route("**/api/v1/devices?**", told::answer);
    page.route(
        "**/api/v1/devices/*/readings?**",
        route -> PageChecks.answer(route, "{\"interval\":\"PT1S\",\"series\":[]}"));
    page.navigate(PAGES.fleet().url() + "/");
    assertThat(page.locator(".fleet-foot")).containsText("10,000 devices");
    page.locator("button.live").click();
    assertThat(page.locator("button.live")).hasAttribute("data-state", "paused");
    return page;
  }

  @Test
  void tenThousandDevicesAreFetchedInPagesAndOnlyDrawnWhereOneLooks() {
    ToldFleet told = new ToldFleet();
    Page page = openLarge(told);
    assertThat(told.cursors().subList(0, 10))
        .containsExactlyElementsOf(
            IntStream.range(0, 10).mapToObj(i -> i == 0 ? "" : "from-" + i * 1_000).toList());
    Locator rows = page.locator("tbody tr[data-device]");
    assertThat(rows.first()).hasAttribute("data-device", ToldFleet.name(0));
    assertThat(rows.count()).isLessThan(80);
    page.evaluate(
        "() => { const s = document.querySelector('.table-scroller'); s.scrollTop = s.scrollHeight; }");
    assertThat(page.locator("tr[data-device='" + ToldFleet.name(9_999) + "']")).isVisible();
    assertThat(rows.count()).isLessThan(80);
    assertThat(page.locator("table.fleet")).hasAttribute("aria-rowcount", "10001");

    Sums total = ToldFleet.total(i -> true);
    assertSums(page.locator(".foot-sums"), total);
    assertThat(page.locator(SENTENCE))
        .hasText(
            Pattern.compile(
                String.format(
                    Locale.US,
                    "Missing: 100 readings of 100 devices\\.\\s+Show them\\.\\s+%,d readings produced:"
                        + " %,d stored, %,d waiting, %,d set aside, %,d dropped on purpose\\.\\s*",
                    total.produced(),
                    total.stored(),
                    total.waiting(),
                    total.quarantined(),
                    total.dropped())));
  }

  @Test
  void tenThousandDevicesAreSortedFilteredAndGrouped() {
    Page page = openLarge(new ToldFleet());
    Locator first = page.locator("tbody tr[data-device]").first();
    page.locator("th.col-rate button").click();
    assertThat(first).hasAttribute("data-device", busiest(i -> true));

    Locator silent = page.locator("button[data-filter=silent]");
    assertThat(silent.locator(".count")).hasText("1,000");
    silent.click();
    assertThat(first).hasAttribute("data-device", busiest(ToldFleet::isSilent));
    assertThat(page.locator(".fleet-foot")).containsText("1,000 of 10,000 devices");
    assertSums(page.locator(".foot-sums"), ToldFleet.total(ToldFleet::isSilent));
    silent.click();

    page.locator("select[aria-label=Group]").selectOption("site");
    for (int site = 0; site < ToldFleet.SITES; site++) {
      String name = ToldFleet.site(site);
      Locator group = page.locator("tr[data-group='" + name + "']");
      assertThat(group).containsText("2,500 devices");
      assertSums(group, ToldFleet.total(i -> ToldFleet.site(i).equals(name)));
      group.locator("button").click(); // folded, it lets one see the next
    }
    assertThat(page.locator("tbody tr[data-device]")).hasCount(0);
    assertThat(page.locator("table.fleet")).hasAttribute("aria-rowcount", "5");
    assertSums(page.locator(".foot-sums"), ToldFleet.total(i -> true));
  }

  /** Who sends most of some. */
  private static String busiest(IntPredicate some) {
    return IntStream.range(0, ToldFleet.DEVICES)
        .filter(some)
        .boxed()
        .max(Comparator.comparing(ToldFleet::rate))
        .map(ToldFleet::name)
        .orElseThrow();
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
