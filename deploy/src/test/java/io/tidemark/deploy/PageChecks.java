package io.tidemark.deploy;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.Route;

/** Questions put to a page from inside. */
final class PageChecks {
  /**
   * What most often goes wrong, in the order of the WCAG criteria 1.1.1, 1.3.1, 1.4.3, 2.4.2,
   * 4.1.2.
   */
  static final String ACCESSIBILITY =
      """
      () => {
        const faults = [];
        const seen = (e) => e.getClientRects().length > 0;
        const name = (e) => (e.getAttribute('aria-label') || e.innerText || e.title || e.labels?.[0]?.innerText || '').trim();
        for (const e of document.querySelectorAll('[role=img]')) if (!name(e)) faults.push('image without a name: ' + e.outerHTML.slice(0, 80));
        for (const e of document.querySelectorAll('button, a, input, select, [role=button]')) if (seen(e) && !name(e)) faults.push('control without a name: ' + e.outerHTML.slice(0, 80));
        for (const e of document.querySelectorAll('svg')) if (!e.closest('[aria-hidden=true]') && e.getAttribute('role') !== 'img') faults.push('drawing neither named nor hidden: ' + e.outerHTML.slice(0, 80));
        if (document.querySelectorAll('h1').length !== 1) faults.push('not exactly one h1');
        if (document.querySelectorAll('main').length !== 1) faults.push('not exactly one main');
        if (!document.title || !document.documentElement.lang) faults.push('no title or language');
        const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
        if (new Set(ids).size !== ids.length) faults.push('an id is there twice');
        const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
        const pen = canvas.getContext('2d', { willReadFrequently: true });
        const rgb = (colours) => { pen.clearRect(0, 0, 1, 1); for (const c of colours) { pen.fillStyle = c; pen.fillRect(0, 0, 1, 1); } return [...pen.getImageData(0, 0, 1, 1).data]; };
        const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const grounds = (e) => { const all = []; for (; e; e = e.parentElement) all.unshift(getComputedStyle(e).backgroundColor); return all; };
        for (const e of document.querySelectorAll('body *')) {
          const hasText = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
          if (!hasText || !seen(e) || e.closest('.hidden-text, :disabled, .u-over')) continue;
          const ground = grounds(e);
          const a = light(rgb(ground)), b = light(rgb([...ground, getComputedStyle(e).color]));
          const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${e.className} ${e.innerText.slice(0, 40)}`);
        }
        return [...new Set(faults)];
      }
      """;

  private PageChecks() {}

  /** Answers a request in the place of ingest. */
  static void answer(Route route, String json) {
    try {
      route.fulfill(
          new Route.FulfillOptions()
              .setStatus(200)
              .setContentType("application/json")
              .setBody(json));
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
