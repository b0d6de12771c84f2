package io.tidemark.deploy;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.Route;

/** Questions put to a page from inside. */
final class PageChecks {
  private PageChecks() {}

  /** Answers a request in the place of ingest. */
  static void answer(Route route, String json) {
    fulfill(route, 200, "application/json", json);
  }

  /** Answers with a problem in the place of ingest. */
  static void refuse(Route route, int status, String detail) {
    fulfill(route, status, "application/problem+json", "{\"detail\":\"" + detail + "\"}");
  }

  private static void fulfill(Route route, int status, String type, String body) {
    try {
      route.fulfill(
          new Route.FulfillOptions().setStatus(status).setContentType(type).setBody(body));
    } catch (PlaywrightException e) {
      if (!route.request().frame().page().isClosed()) {
        throw e;
      }
    }
  }

  /** How many points the first line of a chart has. */
  static int points(Locator chart) {
    return (int) chart.evaluate("c => c.plot.data[1].filter(v => v != null).length");
  }

  /** Pixels of the chart that have a strong colour: those of its lines, not of its grid. */
  static int linesDrawn(Locator chart) {
    return (int)
        chart.evaluate(
            """
            c => {
              const canvas = c.querySelector('canvas');
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let strong = 0;
              for (let i = 0; i < data.length; i += 4) {
                const high = Math.max(data[i], data[i + 1], data[i + 2]);
                const low = Math.min(data[i], data[i + 1], data[i + 2]);
                if (data[i + 3] > 200 && high - low > 80) strong++;
              }
              return strong;
            }
            """);
  }
}
