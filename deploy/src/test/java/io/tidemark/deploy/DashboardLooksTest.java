package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.wire.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every page in light, in dark and on a phone: everybody can use it, it is not wider than the
 * window, and there is a picture of it under {@code deploy/target/screenshots}, to be looked at.
 * Before that, how numbers and times are written.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardLooksTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  private static final String COMPARED =
      "/compare?range=15m&series=boiler-1/bme280/temperature&series=boiler-1/bme280/temperature@-PT10M"
          + "&series=boiler-1/outside/temperature&series=dryer-1/bme280/temperature&series=mill-1/bme280/humidity"
          + "&series=mill-2/bme280/humidity&series=mill-1/bme280/pressure&series=hall-north/bme280/light";

  /** What a gap's explanation takes below the charts, in CSS pixels. */
  private static final int GAP_WORDS_PX = 170;

  private static final DocPictures DOCS = new DocPictures();

  /** How many of the tests have got to their end: two, each in three looks. */
  private static int looked;

  /** Comes last, and light at its end: by then ingest has counted rates for about a minute. */
  @Order(2)
  @ParameterizedTest
  @ValueSource(strings = {"phone", "dark", "light"})
  void picturesForPeople(String look) throws IOException {
    Path folder = Installation.find().home().resolve("deploy/target/screenshots");
    Files.createDirectories(folder);
    Browser.Window window =
        switch (look) {
          case "light" -> Browser.DESKTOP;
          case "dark" -> Browser.DESKTOP.dark();
          default -> Browser.PHONE;
        };
    Page overview = PAGES.browser().open(window, PAGES.fleet().url() + "/");
    assertThat(overview.locator("tr[data-device='mill-1'] .spark-value")).isVisible();
    assertThat(overview.locator("tr[data-device='boiler-2'] .spark-value")).isVisible();
    overview.waitForFunction(
        "() => [...document.querySelectorAll('tbody tr[data-device]')].slice(0, 12).every(r => r.querySelector('.spark .line'))");
    look(overview, folder.resolve("fleet-" + look + ".png"));
    PAGES.browser().leave(overview);

    Page groups = PAGES.browser().open(window, PAGES.fleet().url() + "/?group=site");
    assertThat(groups.locator("tr.group").first()).isVisible();
    look(groups, folder.resolve("fleet-groups-" + look + ".png"));
    PAGES.browser().leave(groups);

    Page device =
        PAGES
            .browser()
            .open(
                window, PAGES.fleet().url() + "/device/" + PostedFleet.WITH_MISSING + "?range=15m");
    assertThat(device.locator("tm-chart")).hasCount(3);
    assertThat(device.locator(".strip .state-missing")).hasCount(2);
    assertThat(
            (List<?>)
                device
                    .locator(".range .button:not(.custom)")
                    .evaluateAll("buttons => [...new Set(buttons.map(b => b.offsetTop))]"))
        .as("tops of the buttons in a row")
        .hasSize(1);
    device.locator("tm-chart .u-over").first().hover();
    look(device, folder.resolve("device-" + look + ".png"));
    explainAGap(device);
    look(device, folder.resolve("device-gap-" + look + ".png"));
    PAGES.browser().leave(device);

    Page compare = PAGES.browser().open(window, PAGES.fleet().url() + COMPARED);
    compare.waitForFunction(
        "() => { const c = document.querySelector('tm-chart'); return c?.plot?.series.length === 1 + 3 * 6 && c.marks.length === 2; }");
    compare.locator("tm-chart .u-over").hover();
    look(compare, folder.resolve("compare-" + look + ".png"));
    compare.locator(".picker input").click();
    assertThat(compare.locator("#picker-list li")).hasCount(8);
    look(compare, folder.resolve("compare-search-" + look + ".png"));
    PAGES.browser().leave(compare);
    Page nothing = PAGES.browser().open(window, PAGES.fleet().url() + "/compare");
    assertThat(nothing.locator(".empty")).isVisible();
    look(nothing, folder.resolve("compare-empty-" + look + ".png"));
    PAGES.browser().leave(nothing);

    PAGES.browser().expectOutage(); // a 404 is logged by the browser
    Page nobody = PAGES.browser().open(window, PAGES.fleet().url() + "/device/nobody");
    assertThat(nobody.locator(".empty")).containsText("Nothing has come from");
    look(nobody, folder.resolve("device-unknown-" + look + ".png"));
    PAGES.browser().leave(nobody);

    Page quarantine =
        PAGES.browser().open(window, PAGES.fleet().url() + "/quarantine?reason=undecodable");
    quarantine.getByText("Discard all").click();
    assertThat(quarantine.locator("tr[data-item]").first()).isVisible();
    look(quarantine, folder.resolve("quarantine-" + look + ".png"));
    PAGES.browser().leave(quarantine);
    Page item = PAGES.browser().open(window, PAGES.fleet().url() + "/quarantine?item=1");
    assertThat(item.locator("pre.bytes")).isVisible();
    look(item, folder.resolve("quarantine-item-" + look + ".png"));
    PAGES.browser().leave(item);
    Browser.Window tall = window.tall(window.isPhone() ? 1_560 : 1_060);
    Page gateways = PAGES.browser().open(tall, PAGES.fleet().url() + "/gateways?range=5m");
    assertThat(gateways.locator("[data-lane='gateway g3'] .is-ready").first()).isVisible();
    look(gateways, folder.resolve("gateways-" + look + ".png"));
    looked++;
  }

  /** Readings that are missing, from near, with what the page says of them. */
  private static void explainAGap(Page device) {
    device.locator(".strip button.state-missing").first().press("Enter");
    device.locator("section.gap").getByText("Zoom to it").click();
    assertThat(device.locator(".strip button.state-missing")).hasCount(1);
    device.setViewportSize(
        device.viewportSize().width, device.viewportSize().height + GAP_WORDS_PX);
    device.evaluate("() => window.scrollTo(0, 0)");
    Page.LocatorOptions gap =
        new Page.LocatorOptions().setHasText("missing: 8").setHasNotText("°C");
    device.waitForCondition(
        () -> { // charts that grow are made anew, and wait for the pointer to move
          device.locator("tm-chart .u-over").first().hover();
          return device.locator(".tooltip", gap).count() > 0;
        });
  }

  @Order(1)
  @ParameterizedTest
  @ValueSource(strings = {"light", "dark", "phone"})
  void picturesOfAlerts(String look) {
    Path folder = Installation.find().home().resolve("deploy/target/screenshots");
    Browser.Window window =
        switch (look) {
          case "light" -> Browser.DESKTOP;
          case "dark" -> Browser.DESKTOP.dark();
          default -> Browser.PHONE;
        };
    Page page = PAGES.browser().open(window, PAGES.fleet().url() + "/alerts?new");
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    try {
      look(page, folder.resolve("alert-new-" + look + ".png"));
      // A receiver of its own for each picture: what waits for one is told before all else.
      rules.make(
          """
          {'name':'Boiler too warm','kind':'threshold','device':'boiler-1','sensor':'bme280','metric':'temperature',
           'direction':'above','threshold':15,'hysteresis':1,'for':'PT1M','webhooks':['http://127.0.0.1:1/%s']}"""
              .formatted(look));
      rules.make(
          "{'name':'Humid cellar','kind':'threshold','label':'cellar','metric':'humidity','direction':'above',"
              + "'threshold':80,'hysteresis':5,'for':'PT5M'}");
      rules.make(
          "{'name':'Office is stuffy','kind':'threshold','device':'office-1','metric':'co2','direction':'above',"
              + "'threshold':1200,'for':'PT10M'}");
      rules.make("{'name':'Gone quiet','kind':'silent','for':'PT2M'}");
      page.navigate(PAGES.fleet().url() + "/alerts");
      assertThat(page.locator(".alert[data-device=press-07]")).isVisible();
      assertThat(page.locator(".alert[data-device=boiler-1]").first()).isVisible();
      assertThat(page.locator(".delivery")).containsText("failed");
      look(page, folder.resolve("alerts-" + look + ".png"));
      page.navigate(PAGES.fleet().url() + "/alerts?history");
      assertThat(page.locator("#alerts-history")).isVisible();
      look(page, folder.resolve("alerts-history-" + look + ".png"));
      looked++;
    } finally {
      rules.clear();
    }
  }

  private static void look(Page page, Path picture) {
    String what = String.valueOf(picture.getFileName());
    assertThat(Axe.faults(page)).as(what).isEmpty();
    Object overflow =
        page.evaluate(
            "() => [...document.querySelectorAll('html, main')].map(e => e.scrollWidth - e.clientWidth)");
    assertThat((List<?>) overflow)
        .as(what + ": pixels that are beyond the window")
        .allSatisfy(px -> assertThat(((Number) px).intValue()).isZero());
    page.screenshot(new Page.ScreenshotOptions().setPath(picture));
    assertThat(picture).isNotEmptyFile();
    DOCS.taken(picture);
  }

  @Order(0)
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
          Map.entry("moment(1795424179123, 1795424179123)", "09:56:19"),
          Map.entry("moment(1795424179123, 1795510579123)", "2026-11-23 09:56:19"),
          Map.entry("absolute('not a time')", "not a time"),
          Map.entry("numbers(400, 417)", "400–417"),
          Map.entry("numbers(1000, 1000)", "1,000"),
          Map.entry("plural(1, 'reading')", "1 reading"),
          Map.entry("plural(2000, 'reading')", "2,000 readings"));

  /** Unless only some of the tests were asked for. */
  @AfterAll
  static void documentsHaveTheirPictures() {
    if (looked == 6) {
      assertThat(DOCS.missing()).as("pictures of documents that no test makes").isEmpty();
    }
  }

  /** Something of several reasons, over the hours of a day. */
  @BeforeAll
  static void muchIsSetAside() throws IOException, InterruptedException {
    for (int hoursAgo = 20; hoursAgo >= 0; hoursAgo--) {
      List<Delivery> deliveries = new ArrayList<>();
      for (int i = 0; i < (hoursAgo * 7 + 3) % 5; i++) {
        String text = "{\"meter\": %d, \"kWh\": \"n/a\"}".formatted(i);
        deliveries.add(QuarantinePageTest.message("meter-" + i, text));
      }
      if (hoursAgo % 6 == 1) {
        deliveries.add(QuarantinePageTest.conflict(PAGES.fleet().url(), "mill-2"));
      }
      PAGES.fleet().deliver(Instant.now().minus(Duration.ofHours(hoursAgo)), deliveries);
    }
  }

  /** Rates are of the last minute: a new ingest does not count the burst of the devices' past. */
  @BeforeAll
  static void ratesAreUsual() throws InterruptedException {
    PAGES.fleet().quiet();
    PAGES.fleet().crash();
    PAGES.fleet().recover();
    PAGES.fleet().lively();
  }
}
