package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One fleet and one browser for all tests of the dashboards: started with the first of them, ended
 * with the last. After each test the pages are closed, and nothing may have left the origin, been
 * logged as an error, or broken the pages' security policy.
 */
final class Dashboards implements BeforeAllCallback, AfterEachCallback {
  /** Between beforeAll and the end of the class; JUnit calls nothing else outside of that. */
  @SuppressWarnings("NullAway.Init")
  private Started started;

  private record Started(Browser browser, DashboardFleet fleet) implements AutoCloseable {
    static Started now(String folder) {
      Browser browser = Browser.start();
      boolean isStarted = false;
      try {
        DashboardFleet fleet = PostedFleet.started(TestPipeline.folder(folder));
        isStarted = true;
        return new Started(browser, fleet);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while ingest started", e);
      } finally {
        if (!isStarted) {
          browser.close();
        }
      }
    }

    @Override
    public void close() throws InterruptedException {
      fleet.close();
      browser.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    // Another process may run another class meanwhile.
    String folder = "dashboards-" + context.getRequiredTestClass().getSimpleName();
    started =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.create(Dashboards.class))
            .computeIfAbsent(Started.class, key -> Started.now(folder), Started.class);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertThat(browser().closePages()).as("what the pages did that they must not").isEmpty();
  }

  DashboardFleet fleet() {
    return started.fleet();
  }

  Browser browser() {
    return started.browser();
  }

  /** A device's page with its charts and latest values drawn. */
  Page openDevice(String device, String range) {
    Page page =
        browser().open(Browser.DESKTOP, fleet().url() + "/device/" + device + "?range=" + range);
    assertThat(page.locator("tm-chart").first()).isVisible();
    assertThat(page.locator("table.latest .num").first()).isVisible();
    return page;
  }
}
