package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures of the dashboards, kept under {@code deploy/target/screenshots} to be looked at. */
class DashboardPicturesTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark", "phone"})
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
    overview.screenshot(shot(folder.resolve("fleet-" + look + ".png")));

    Page device =
        PAGES
            .browser()
            .open(
                window, PAGES.fleet().url() + "/device/" + PostedFleet.WITH_MISSING + "?range=15m");
    assertThat(device.locator("tm-chart")).hasCount(3);
    assertThat(device.locator(".strip .state-missing")).hasCount(2);
    device.locator("tm-chart .u-over").first().hover();
    device.screenshot(shot(folder.resolve("device-" + look + ".png")));
    assertThat(folder.resolve("device-" + look + ".png")).isNotEmptyFile();
  }

  private static Page.ScreenshotOptions shot(Path file) {
    return new Page.ScreenshotOptions().setPath(file);
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
