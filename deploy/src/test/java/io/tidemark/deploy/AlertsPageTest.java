package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
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
      whatCannotBeAskedForIsSaidByTheFilter(page, device);
      page.navigate(PAGES.fleet().url() + "/alerts?rule=" + id);
      assertThat(page.getByText("There is no rule " + id + " any more.")).isVisible();
    } finally {
      rules.clear();
    }
  }

  private static void whatCannotBeAskedForIsSaidByTheFilter(Page page, Locator device) {
    device.fill("no/body");
    device.press("Tab");
    Locator problem = page.locator(".alerts [role=alert]");
    assertThat(problem)
        .hasText(
            "This cannot be shown. device must be 1 to 128 of A-Z a-z 0-9 . _ : -, but is \"no/body\"."
                + " Show all that has fired");
    assertThat(page.locator("button.live")).hasAttribute("data-state", "polling");
    problem.getByText("Show all that has fired").click();
    assertThat(page.locator(".episode").first()).isVisible();
    page.navigate(PAGES.fleet().url() + "/alerts?history&of=abc");
    assertThat(problem).containsText("rule must be a rule's number, but is \"abc\".");
    Locator rule = page.locator("select[name=of]");
    assertThat(rule).hasValue("abc");
    rule.selectOption("all rules");
    assertThat(page.locator(".episode").first()).isVisible();
    assertThat(problem).hasCount(0);
  }

  private static void fillIn(Page page) {
    page.getByLabel("Name").fill("heating is heard");
    page.getByLabel("Watches").selectOption("silent");
    assertThat(page.getByLabel("Metric")).hasCount(0);
    page.getByLabel("Of", new Page.GetByLabelOptions().setExact(true)).selectOption("label");
    page.getByLabel("Label", new Page.GetByLabelOptions().setExact(true)).fill("heat");
    page.getByLabel("Nothing for").fill("1.5");
    page.getByLabel("Unit").selectOption("h");
    page.getByLabel("Webhooks").fill("http://127.0.0.1:1/a\nhttp://127.0.0.1:1/b");
    page.getByLabel("E-mail").fill("ops@example.org\nduty@example.org");
    page.getByLabel("Switched on").uncheck();
    assertThat(page.locator(".preview"))
        .hasText(
            "Fires for each device labelled heat when nothing has come of it for 1 h 30 min; ends"
                + " when it is heard again. Switched off.");
  }

  @Test
  void aRuleIsAsItWasFilledIn() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/alerts?new");
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    try {
      fillIn(page);
      page.getByText("Cancel").click();
      assertThat(page).hasURL(PAGES.fleet().url() + "/alerts");
      assertThat(page.getByText("There are no rules yet.")).isVisible();
      page.getByText("Make the first one").click();
      assertThat(page.getByLabel("Name")).hasValue("");
      fillIn(page);
      page.getByText("Make the rule").click();
      Locator rule = page.locator(".rule");
      assertThat(rule.locator(".rule-judged")).hasText("switched off");
      assertThat(rule.locator(".rule-tells")).hasText("tells 4 receivers");
      assertThat(page.locator(SENTENCE)).containsText("Nothing is watched");
      JsonNode made = rules.all().path(0);
      assertThat(made.path("kind").asText()).isEqualTo("silent");
      assertThat(made.path("label").asText()).isEqualTo("heat");
      assertThat(made.path("for").asText()).isEqualTo("PT1H30M");
      assertThat(made.path("enabled").asBoolean()).isFalse();
      assertThat(made.path("webhooks"))
          .extracting(JsonNode::asText)
          .containsExactly("http://127.0.0.1:1/a", "http://127.0.0.1:1/b");
      assertThat(made.path("emails"))
          .extracting(JsonNode::asText)
          .containsExactly("ops@example.org", "duty@example.org");

      rule.locator(".rule-name").click();
      assertThat(page.getByLabel("Watches")).hasValue("silent");
      assertThat(page.getByLabel("Of", new Page.GetByLabelOptions().setExact(true)))
          .hasValue("label");
      assertThat(page.getByLabel("Label", new Page.GetByLabelOptions().setExact(true)))
          .hasValue("heat");
      assertThat(page.getByLabel("Nothing for")).hasValue("90");
      assertThat(page.getByLabel("Unit")).hasValue("min");
      assertThat(page.getByLabel("Webhooks"))
          .hasValue("http://127.0.0.1:1/a\nhttp://127.0.0.1:1/b");
      assertThat(page.getByLabel("E-mail")).hasValue("ops@example.org\nduty@example.org");
      assertThat(page.getByLabel("Switched on")).not().isChecked();
      page.getByLabel("Name").fill("never");
      page.getByText("Cancel").click();
      assertThat(rule.locator(".rule-name")).hasText("heating is heard");
      rule.locator(".rule-name").click();
      assertThat(page.getByLabel("Name")).hasValue("heating is heard");
      page.getByLabel("Switched on").check();
      page.getByText("Save", new Page.GetByTextOptions().setExact(true)).click();
      assertThat(rule.locator(".rule-judged"))
          .hasText(Pattern.compile("judged (now|\\d+ s ago): 4 devices, all ok"));
    } finally {
      rules.clear();
    }
  }

  @Test
  void whatIsNotOkIsToldByItsState() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    AlertRules rules = new AlertRules(page, PAGES.fleet());
    String rule =
        "{'name':'%s','kind':'threshold','device':'%s','metric':'%s','direction':'above','threshold':%s,'for':'%s'}";
    try {
      rules.make(rule.formatted("long warm", "boiler-2", "temperature", "10", "PT6H"));
      rules.make(rule.formatted("no press", "press-07", "temperature", "1000", "PT0S"));
      rules.make(rule.formatted("no gas", "office-1", "co2", "1000", "PT0S"));
      rules.make(rule.formatted("fires", "boiler-1", "temperature", "10", "PT0S"));
      page.navigate(PAGES.fleet().url() + "/alerts");
      Locator pending = page.locator(".alert[data-state=pending]");
      assertThat(pending.locator(".alert-state")).hasText("pending");
      assertThat(pending).containsText(Pattern.compile("Temperature \\d.*°C\\s+above 10\\s°C"));
      assertThat(pending).containsText("long warm");
      Locator silent = page.locator(".alert[data-device=press-07]");
      assertThat(silent.locator(".alert-state")).hasText("no data");
      assertThat(silent).containsText(Pattern.compile("Temperature, last \\d.*°C"));
      assertThat(page.locator(".alert[data-device=office-1]")).containsText("nothing has come yet");
      assertThat(page.locator(".notice"))
          .containsText(Pattern.compile("[12] firing, 1 pending, 2 without data · judged at"));
      assertThat(page.locator(".rule").filter(new Locator.FilterOptions().setHasText("no gas")))
          .containsText("1 series, 1 without data");

      // Only what has come more than a minute late is called so: that is not waited for.
      page.route(
          "**/api/v1/alerts/history?**",
          route ->
              PageChecks.answer(
                  route,
                  route
                      .fetch()
                      .text()
                      .replace("\"late\":false", "\"late\":true")
                      .replace("\"note\":\"\"", "\"note\":\"the readings came late\"")));
      page.navigate(PAGES.fleet().url() + "/alerts?history");
      assertThat(
              page.locator(".episode")
                  .filter(new Locator.FilterOptions().setHasText("fires still"))
                  .first()
                  .locator(".episode-note"))
          .hasText("late the readings came late");
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
