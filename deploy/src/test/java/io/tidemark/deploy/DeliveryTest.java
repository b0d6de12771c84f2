package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Deliveries with the embedded store, and what a browser shows of them. */
class DeliveryTest extends DeliveryContract {
  private static final String PLANTED = "planted";
  private static final long EPOCH = 31;

  @Override
  TestPipeline pipeline() throws IOException {
    return TestPipeline.in("delivery");
  }

  @Test
  void theSimulatorsPageOfARunIsWholeInABrowser() throws Exception {
    Path record = test.parts().data().resolve("run-with-page");
    TestPipeline.Finished run =
        test.sim(
            "run-with-page",
            "run",
            "--gateway=" + test.parts().mqttUrl(),
            "--devices=5",
            "--rate=20",
            "--for=2s",
            "--record=" + record,
            "--api=" + test.parts().apiUrl(),
            "--json");
    assertThat(run.exitCode()).as(run.log()).isZero();
    try (Browser browser = Browser.start()) {
      for (Browser.Window window : List.of(Browser.PHONE, Browser.DESKTOP.dark())) {
        Page page = browser.open(window, record.resolve("report.html").toUri().toString());
        assertThat(page.locator("h1")).hasText(Pattern.compile("^Clean\\. 200 readings produced"));
        assertThat(page.locator(".plot svg[role=img]")).hasCount(6);
        for (Locator plot : page.locator(".plot svg[role=img]").all()) {
          assertThat(plot).isVisible();
        }
        Locator produced = page.locator(".plot b").first();
        assertThat(produced).containsText("on average");
        page.locator(".plot .area").first().hover();
        assertThat(produced).hasText(Pattern.compile("^[\\d,]+$"));
        assertThat(page.locator(".plot .cursor").last()).isVisible();
        assertThat((int) page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
            .as("wider than the window by")
            .isLessThanOrEqualTo(0);
        assertThat(Axe.faults(page)).isEmpty();
      }
      assertThat(browser.closePages()).as("what the page did that it must not").isEmpty();
    }
  }

  /**
   * A device of which something was late, came twice, was set aside, was dropped and was lost: its
   * page says each in words.
   */
  @Test
  void eachKindOfTroubleIsSaidInWords() throws Exception {
    try (DeviceClient device = new DeviceClient(test.parts().mqttUrl(), PLANTED)) {
      Instant hourAgo = Instant.now().minus(Duration.ofHours(1));
      send(device, readings(0, 12, hourAgo, "v"));
      Batch twice = readings(12, 5, Instant.now().minusSeconds(10), "v");
      send(device, twice);
      send(device, twice);
      send(device, readings(17, 1, Instant.now().minusSeconds(5), "seq"));
      send(device, Batch.ofDrop(PLANTED, EPOCH, 18, 4, "journal_full", 22, 22));
      // 22 to 24 were given, and are not kept any more; yet they never came.
      send(device, readings(25, 1, Instant.now(), "v"));
      send(device, Batch.ofStatus(PLANTED, EPOCH, 26, 26));
    }
    try (Browser browser = Browser.start()) {
      String url = test.parts().apiUrl() + "/device/" + PLANTED;
      Page page = browser.open(Browser.DESKTOP, url + "?range=6h");
      assertThat(page.locator("p.sentence"))
          .hasText(
              Pattern.compile(
                  "Missing: 3 readings\\.\\s+26 readings produced: 18 stored \\(12 of them late, by up to 6\\d min\\), "
                      + "1 set aside, 4 dropped on purpose\\."));
      assertThat(named(page, "missing")).containsText("3 readings: 22–24");
      assertThat(named(page, "dropped")).containsText("4 readings: 18–21, journal full");
      assertThat(named(page, "quarantined")).containsText("1 reading: reserved name");
      assertThat(named(page, "late"))
          .containsText(Pattern.compile("12 readings, by up to 6\\d min, last .+"));
      assertThat(named(page, "doubled"))
          .containsText("1 batch came again; each reading is stored once.");

      // Where they were taken: the strip says it too, and explains it.
      page.locator(".strip button.state-late").click();
      Locator words = page.locator("section.gap");
      assertThat(words)
          .containsText(
              Pattern.compile(
                  "12 readings stored late, by up to 6\\d min\\.\\s+Numbers 0–11: taken between "));
      assertThat(words)
          .containsText(
              "The device sent it late: it could not reach a gateway, or kept what it had.");
      assertThat(page).hasURL(Pattern.compile("gap=late-31-0"));
      page.reload();
      assertThat(words).containsText("12 readings stored late");
      assertThat(Axe.faults(page)).isEmpty();
      words.getByText("Close").click();
      named(page, "late").getByText("Show").click();
      assertThat(page).hasURL(Pattern.compile("from=.*&to="));
      assertThat(page.locator(".strip button.state-late")).isVisible();

      Page now = browser.open(Browser.DESKTOP, url + "?range=5m");
      for (String state : List.of("missing", "dropped", "quarantined")) {
        assertThat(now.locator(".strip button.state-" + state)).isVisible();
      }
      assertThat(now.locator(".strip button.state-late")).hasCount(0);
      assertThat(browser.closePages()).as("what the pages did that they must not").isEmpty();
    }
  }

  private static Locator named(Page page, String state) {
    return page.locator(".named[data-state=" + state + "]");
  }

  private static void send(DeviceClient device, Batch batch) throws Exception {
    assertThat(device.sendAndWait(PLANTED, BatchCodec.encode(batch))).isZero();
  }

  /** Readings a second apart, of which the device keeps nothing afterwards. */
  private static Batch readings(long first, int count, Instant from, String metric) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long time = from.plusSeconds(i).toEpochMilli() * 1_000_000;
      readings.add(new Reading("main", "probe", time, Map.of(metric, Value.of(first + i))));
    }
    return Batch.ofReadings(PLANTED, EPOCH, first, readings, first + count, first);
  }
}
