package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A fleet and a browser for all tests of the dashboards: started with the first of them, ended with
 * the last, and a new fleet in between once its past has become too old. After each test the pages
 * are closed, and nothing may have left the origin, been logged as an error, or broken the pages'
 * security policy.
 */
final class Dashboards implements BeforeAllCallback, AfterEachCallback {
  /** What it has of gaps is minutes old from the beginning, and has to be in the last quarter. */
  private static final Duration FLEET_AGE_MAX = Duration.ofMinutes(4);

  /** Between beforeAll and the end of the class; JUnit calls nothing else outside of that. */
  @SuppressWarnings("NullAway.Init")
  private Started started;

  private static final class Started implements AutoCloseable {
    private final Browser browser = Browser.start();
    private @Nullable DashboardFleet fleet;
    private long since;

    Browser browser() {
      return browser;
    }

    DashboardFleet fleet() {
      if (fleet == null) {
        throw new IllegalStateException("not started");
      }
      return fleet;
    }

    /** Has a fleet that is not too old, in this folder if it has to be a new one. */
    void renew(String folder) {
      if (fleet != null && System.nanoTime() - since < FLEET_AGE_MAX.toNanos()) {
        return;
      }
      try {
        if (fleet != null) {
          fleet.close();
          fleet = null;
        }
        since = System.nanoTime();
        fleet = PostedFleet.started(TestPipeline.folder(folder));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while ingest started", e);
      }
    }

    @Override
    public void close() throws InterruptedException {
      if (fleet != null) {
        fleet.close();
      }
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
            .computeIfAbsent(Started.class, key -> new Started(), Started.class);
    started.renew(folder);
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
