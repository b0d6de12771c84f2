package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page of alerts in a real browser, over a real ingest that judges. */
class AlertsPageTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  private static final String SENTENCE = "h1.sentence";

  @Test
  void aRuleIsMadeFiresAndLeadsToTheDevice() {
    PAGES.browser().expectOutage(); // ingest refuses one rule
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    page.keyboard().press("g");
    page.keyboard().press("a");
    assertThat(page).hasURL(PAGES.fleet().url() + "/alerts");
    assertThat(page.locator(SENTENCE)).containsText("Nothing is watched");
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    try {
      page.getByText("Make the first one").click();
      assertThat(page.getByLabel("Name")).isFocused();
      page.getByText("Make the rule").click();
      assertThat(page.locator("[data-field=name] .form-error")).containsText("a name is needed");
      assertThat(page.locator("[data-field=threshold] .form-error")).isVisible();
      assertThat(page.getByLabel("Name")).isFocused();

      page.keyboard().type("warm");
      page.getByLabel("Of", new Page.GetByLabelOptions().setExact(true)).selectOption("device");
      page.getByLabel("Device", new Page.GetByLabelOptions().setExact(true)).fill("boiler-1");
      page.getByLabel("Metric").fill("temper ature");
      page.getByLabel("Sensor").fill("bme280");
      page.getByLabel("Threshold").fill("10");
      page.getByLabel("Hysteresis").fill("2");
      page.getByLabel("For at least").fill("4.1");
      assertThat(page.locator(".preview")).containsText("for 4 min 6 s;");
      page.getByLabel("For at least").fill("3");
      page.getByLabel("Unit").selectOption("s");
      page.getByText("Make the rule").click();
      assertThat(page.locator("[data-field=metric] .form-error"))
          .containsText("metric must be 1 to 64 of");
      assertThat(page.getByLabel("Metric")).isFocused();
      page.getByLabel("Metric").fill("temperature");
      assertThat(page.locator(".preview"))
          .hasText(
              "Fires for boiler-1 when temperature of sensor bme280 stays above 10 °C for 3 s;"
                  + " ends at 8 °C or below.");
      page.keyboard().press("Enter");

      assertThat(page).hasURL(PAGES.fleet().url() + "/alerts");
      Locator alert = page.locator(".alert");
      assertThat(alert).hasCount(1);
      assertThat(alert).hasAttribute("data-state", "firing");
      assertThat(alert).containsText(Pattern.compile("Temperature [12]\\d.*°C\\s+above 10\\s°C"));
      assertThat(page.locator(SENTENCE))
          .hasText(
              Pattern.compile("1 alert fires: warm \\(boiler-1 bme280\\) for \\d+ (s|min|ms)\\."));
      assertThat(page.locator(".rule-judged"))
          .hasText(Pattern.compile("judged (now|\\d+ s ago): 1 series, 1 firing"));
      assertThat(page.locator(".rule-tells")).containsText("tells nobody");
      assertThat(page.locator(".episode")).containsText("fires still");
      alert.locator(".alert-device").click();
      assertThat(page).hasURL(Pattern.compile("/device/boiler-1\\?from=.*&to="));
      assertThat(page.locator("tm-chart").first()).isVisible();
      page.goBack();
      assertThat(alert).hasCount(1);
    } finally {
      rules.clear();
    }
    assertThat(page.locator(".alert")).hasCount(0);
  }

  @Test
  void aRuleIsChangedTestedAndDeleted() {
    PAGES.browser().expectOutage(); // another one changes the rule meanwhile
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    String quiet =
        "{'name':'%s','kind':'silent','device':'press-07','for':'PT61.5S','webhooks':['http://127.0.0.1:1/hook']}";
    try {
      long id = rules.make(quiet.formatted("quiet press"));
      page.navigate(PAGES.fleet().url() + "/alerts?rule=" + id);
      assertThat(page.getByLabel("Name")).hasValue("quiet press");
      assertThat(page.getByLabel("Nothing for")).hasValue("61.5");
      assertThat(page.locator(".preview"))
          .hasText(
              "Fires for press-07 when nothing has come of it for 1 min 1.5 s; ends when it is heard again.");
      assertThat(page.locator(SENTENCE))
          .hasText(Pattern.compile("1 alert fires: press-07 silent for \\d+ min\\."));
      assertThat(page.locator(".delivery"))
          .containsText(Pattern.compile("127\\.0\\.0\\.1:1: failed \\d+ times?"));
      page.getByText("Send a test").click();
      assertThat(page.locator(".tested li")).containsText("http://127.0.0.1:1/hook");

      rules.replace(id, quiet.formatted("changed by another"));
      page.getByLabel("Name").fill("mine");
      page.getByText("Save", new Page.GetByTextOptions().setExact(true)).click();
      assertThat(page.locator(".rule-form .form-error").first())
          .containsText("was changed since it was read");
      page.getByText("Load it as it is now").click();
      assertThat(page.getByLabel("Name")).hasValue("changed by another");
      page.getByLabel("Name").fill("mine");
      page.getByText("Save", new Page.GetByTextOptions().setExact(true)).click();
      assertThat(page.locator(".rule-name")).hasText("mine");
      assertThat(page.locator(".rule-name")).isFocused();

      page.locator(".rule-name").click();
      page.getByText("Delete…").click();
      assertThat(page.getByText("Delete it")).isFocused();
      page.keyboard().press("Enter");
      assertThat(page.locator(".rule")).hasCount(0);

      page.navigate(PAGES.fleet().url() + "/alerts?history");
      Locator device = page.getByLabel("Device", new Page.GetByLabelOptions().setExact(true));
      device.fill("press-07");
      device.press("Tab");
      assertThat(page).hasURL(Pattern.compile("history=&device=press-07"));
      assertThat(page.locator(".episode").first()).containsText("the rule was deleted");
      device.fill("nobody");
      device.press("Tab");
      assertThat(page.getByText("Nothing of it has fired.")).isVisible();
      page.navigate(PAGES.fleet().url() + "/alerts?rule=" + id);
      assertThat(page.getByText("There is no rule " + id + " any more.")).isVisible();
    } finally {
      rules.clear();
    }
  }

  @Test
  void onAPhoneARuleIsMadeAndItsHistoryRead() {
    Page page = PAGES.browser().open(Browser.PHONE.dark(), PAGES.fleet().url() + "/alerts?new");
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    try {
      page.getByLabel("Name").tap();
      page.keyboard().type("warm in the hand");
      page.getByLabel("Of", new Page.GetByLabelOptions().setExact(true)).selectOption("device");
      page.getByLabel("Device", new Page.GetByLabelOptions().setExact(true)).fill("boiler-1");
      page.getByLabel("Metric").fill("temperature");
      page.getByLabel("Sensor").fill("bme280");
      page.getByLabel("Threshold").fill("10");
      page.getByLabel("For at least").fill("1");
      page.getByLabel("Unit").selectOption("s");
      page.getByText("Make the rule").tap();
      assertThat(page.locator(".alert")).hasAttribute("data-state", "firing");
      page.locator(".rule-name").tap();
      assertThat(page.getByLabel("Name")).hasValue("warm in the hand");
      page.getByText("Show more, filter").tap();
      assertThat(page).hasURL(Pattern.compile("/alerts\\?history"));
      Locator.FilterOptions mine = new Locator.FilterOptions().setHasText("warm in the hand");
      assertThat(page.locator(".episode").filter(mine)).containsText("fires still");
    } finally {
      rules.clear();
    }
  }

  @Test
  void thePageIsForEverybody() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    try {
      long id =
          rules.make(
              "{'name':'a name that is rather long for a small window','kind':'threshold','metric':'temperature',"
                  + "'direction':'above','threshold':20.5,'for':'PT0S','webhooks':['http://127.0.0.1:1/a-long-way/to-a-receiver']}");
      for (Browser.Window window :
          List.of(Browser.DESKTOP, Browser.DESKTOP.dark(), Browser.PHONE)) {
        Page open = PAGES.browser().open(window, PAGES.fleet().url() + "/alerts?rule=" + id);
        assertThat(open.locator(".alert").first()).isVisible();
        assertThat(open.locator(".rule-form")).isVisible();
        assertThat(Axe.faults(open)).as(window.toString()).isEmpty();
        assertThat(
                open.evaluate(
                    "() => Math.max(...[...document.querySelectorAll('html, main')].map(e => e.scrollWidth - e.clientWidth))"))
            .isEqualTo(0);
        assertThat(open.getByRole(AriaRole.NAVIGATION).getByText("Alerts"))
            .hasAttribute("aria-current", "page");
      }
    } finally {
      rules.clear();
    }
  }
}
