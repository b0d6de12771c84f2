package io.tidemark.deploy;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rules of accessibility (WCAG 2.2 AA and good practice), checked by axe-core inside a page. */
final class Axe {
  private static final String SCRIPT = "/axe.min.js";

  /**
   * Names each place where a rule is broken, but for what axe itself calls minor. How big what one
   * presses must be (WCAG 2.2, 2.5.8) it only checks when it is told to.
   */
  private static final String RUN =
      """
      async () => {
        const { violations } = await axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
        return violations.filter(({ impact }) => impact !== 'minor').flatMap(({ id, impact, nodes }) =>
          nodes.map(({ target, any }) => `${impact} ${id}: ${target} ${any.map((one) => one.message).join('; ')}`.slice(0, 300)));
      }
      """;

  private Axe() {}

  /** What is wrong with a page as it is shown now; empty if nothing is. */
  @SuppressWarnings("unchecked") // Playwright gives what the script returns: an array of strings
  static List<String> faults(Page page) {
    page.evaluate(script());
    return (List<String>) page.evaluate(RUN);
  }

  private static String script() {
    try (InputStream script = Axe.class.getResourceAsStream(SCRIPT)) {
      if (script == null) {
        throw new AssertionError(SCRIPT + " is not among the tests' libraries");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
