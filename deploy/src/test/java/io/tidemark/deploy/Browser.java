package io.tidemark.deploy;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The Chromium of this machine, without a window. It records what a page must never do: ask another
 * origin, log an error, break its own security policy, write a number of which a part is cut off at
 * a chart's edge. Used by one thread.
 */
public final class Browser implements AutoCloseable {
  static final String EXECUTABLE_VARIABLE = "TIDEMARK_CHROMIUM";

  /** Wide enough for every column; a laptop's. */
  public static final Window DESKTOP = new Window(1440, 900, 1, ColorScheme.LIGHT, false);

  /** Pointed at with fingers. */
  static final Window PHONE = new Window(390, 844, 2, ColorScheme.LIGHT, true);

  private static final List<String> USUAL_PLACES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final double TIMEOUT_MS = 20_000;

  /** Logs an error if a text is not wholly on its canvas; {@code window.written} has all texts. */
  private static final String WATCH_TEXTS =
      """
      const write = CanvasRenderingContext2D.prototype.fillText;
      window.written = new Set();
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const { width } = this.measureText(text);
        const left = x - (this.textAlign === 'center' ? width / 2 : this.textAlign === 'right' ? width : 0);
        if (this.canvas.isConnected && (left < 0 || left + width > this.canvas.width)) console.error(`cut off at a chart's edge: ${text}`);
        window.written.add(text);
        write.call(this, text, x, y);
      };
      """;

  /** Logs an error in words of ours if the page's security policy was broken, whatever else is. */
  private static final String WATCH_POLICY =
      """
      document.addEventListener('securitypolicyviolation', (broken) =>
        console.error(`security policy: ${broken.effectiveDirective} refuses ${broken.blockedURI} (${broken.sourceFile}:${broken.lineNumber})`));
      """;

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser browser;
  private final List<BrowserContext> open = new ArrayList<>();
  private final List<String> offences = new ArrayList<>();
  private boolean isOutageExpected;
  private String visited = "";

  /**
   * How big a window is, in CSS pixels, how fine, which colours its system prefers, and whether it
   * is a phone's.
   */
  public record Window(int width, int height, double scale, ColorScheme colours, boolean isPhone) {
    Window dark() {
      return new Window(width, height, scale, ColorScheme.DARK, isPhone);
    }

    Window tall(int pixels) {
      return new Window(width, pixels, scale, colours, isPhone);
    }
  }

  private Browser(Playwright playwright, com.microsoft.playwright.Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /**
   * Starts it.
   *
   * @throws AssertionError if there is none: the pages are then untested, which must not pass
   */
  public static Browser start() {
    Path executable = find();
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    BrowserType.LaunchOptions options =
        new BrowserType.LaunchOptions()
            .setExecutablePath(executable)
            .setArgs(
                List.of(
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync"));
    PlaywrightAssertions.setDefaultAssertionTimeout(
        TIMEOUT_MS); // else 5 s, little on a busy machine
    return new Browser(playwright, playwright.chromium().launch(options));
  }

  private static Path find() {
    String told = System.getenv(EXECUTABLE_VARIABLE);
    if (told != null) {
      Path path = Path.of(told);
      if (!Files.isExecutable(path)) {
        throw new AssertionError(EXECUTABLE_VARIABLE + " is " + told + ", which cannot be run");
      }
      return path;
    }
    String[] folders = System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1);
    return Stream.of(folders)
        .flatMap(folder -> USUAL_PLACES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new AssertionError(
                    "the dashboards are tested in Chromium, and none is installed: run"
                        + " 'apt-get install chromium', or set "
                        + EXECUTABLE_VARIABLE
                        + " to its path"));
  }

  /** Opens an address in a fresh profile. */
  public Page open(Window window, String url) {
    Page page = blank(window, url);
    page.navigate(url);
    return page;
  }

  /**
   * A page in a fresh profile that has not gone anywhere: its requests can still be intercepted.
   */
  public Page blank(Window window, String origin) {
    BrowserContext context =
        browser.newContext(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setViewportSize(window.width(), window.height())
                .setDeviceScaleFactor(window.scale())
                .setColorScheme(window.colours())
                .setHasTouch(window.isPhone())
                .setIsMobile(window.isPhone())
                .setReducedMotion(ReducedMotion.REDUCE)
                .setIgnoreHTTPSErrors(true) // signed by an authority of the test's own
                .setPermissions(List.of("clipboard-read", "clipboard-write"))
                .setTimezoneId("Europe/Berlin")
                .setLocale("en-GB"));
    context.setDefaultTimeout(TIMEOUT_MS);
    context.addInitScript(WATCH_TEXTS);
    context.addInitScript(WATCH_POLICY);
    open.add(context);
    Page page = context.newPage();
    String own = originOf(origin);
    page.onRequest(
        request -> {
          if (!request.url().startsWith(own)
              && !request.url().startsWith("data:")
              && (visited.isEmpty() || !request.url().startsWith(visited))) {
            offences.add("asked another origin: " + request.url());
          }
        });
    page.onConsoleMessage(this::onConsole);
    page.onPageError(error -> offences.add("uncaught: " + error));
    return page;
  }

  /** From now on until the pages are closed, requests may fail without that being an offence. */
  void expectOutage() {
    isOutageExpected = true;
  }

  /** From now on until the pages are closed, they may lead to this origin, too. */
  void expectVisit(String origin) {
    visited = origin;
  }

  private void onConsole(ConsoleMessage message) {
    boolean isNetwork = message.text().startsWith("Failed to load resource");
    if (message.type().equals("error") && !(isOutageExpected && isNetwork)) {
      offences.add("console: " + message.text() + " at " + message.location());
    }
  }

  /**
   * Closes a page that is not needed any more: each that is live draws every second, and all others
   * wait for that. What it did counts with the others.
   */
  void leave(Page page) {
    page.unrouteAll();
    page.close();
  }

  /** Closes every page and returns what they did that they must not. */
  List<String> closePages() {
    open.forEach(Browser::close);
    open.clear();
    isOutageExpected = false;
    visited = "";
    List<String> found = List.copyOf(offences);
    offences.clear();
    return found;
  }

  /** A page may ask for something in the very moment it is closed: that is no fault of its own. */
  private static void close(BrowserContext context) {
    context.pages().forEach(Page::unrouteAll);
    try {
      context.close();
    } catch (PlaywrightException e) {
      if (!String.valueOf(e.getMessage()).contains("has been closed")) {
        throw e;
      }
    }
  }

  private static String originOf(String url) {
    int path = url.indexOf('/', url.indexOf("//") + 2);
    return path < 0 ? url : url.substring(0, path);
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
