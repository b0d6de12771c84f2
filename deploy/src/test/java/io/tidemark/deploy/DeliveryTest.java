package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Deliveries with the embedded store. */
class DeliveryTest extends DeliveryContract {
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
}
