package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.pipeline.Http;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What people say of devices: devices are found and grouped by it, and it is changed in place. */
class RegistryPagesTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  private final Http http = new Http();

  private static Locator rows(Page page) {
    return page.locator("tbody tr[data-device]");
  }

  private static long full(Locator number) {
    return Long.parseLong(String.valueOf(number.getAttribute("data-full")));
  }

  @Test
  void devicesAreFoundByTheirSiteAndLabels() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    assertThat(rows(page)).hasCount(20);
    page.getByLabel("Search devices").fill("cold chain");
    assertThat(rows(page)).hasCount(4);
    page.getByLabel("Search devices").press("Escape");

    Locator site = page.locator("select[aria-label=Site]");
    site.selectOption("Gardens");
    assertThat(rows(page)).hasCount(4);
    assertThat(page).hasURL(Pattern.compile("site=Gardens"));
    page.reload();
    assertThat(rows(page)).hasCount(4);
    site.selectOption("");

    page.locator("tr[data-device='boiler-1'] .word-link.label").getByText("critical").click();
    assertThat(rows(page)).hasCount(3);
    assertThat(page.locator(".fleet-foot")).containsText("3 of 20 devices");
    page.locator("button[data-filter=missing]").click();
    assertThat(page.locator(".empty")).containsText("With missing, label critical");
    page.getByText("Show all 20 devices").click();
    assertThat(rows(page)).hasCount(20);
  }

  @Test
  void theTableFollowsTheAddress() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/?site=Gardens");
    assertThat(rows(page)).hasCount(4);
    page.locator(".places").getByText("Fleet").click();
    assertThat(page).hasURL(PAGES.fleet().url() + "/");
    assertThat(rows(page)).hasCount(20);
    page.goBack();
    assertThat(rows(page)).hasCount(4);
  }

  @Test
  void devicesStandInGroupsThatAddUpAndFold() throws InterruptedException {
    PAGES.fleet().quiet();
    try {
      Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/?group=site");
      Locator groups = page.locator("tr.group");
      assertThat(groups).hasCount(4);
      assertThat(groups.locator("button"))
          .containsText(new String[] {"Cold chain", "Gardens", "North plant", "Offices"});
      long sum = 0;
      for (Locator group : groups.all()) {
        sum += full(group.locator(".sum-stored .num"));
      }
      assertThat(page.locator(".foot-sums .sum-stored .num"))
          .hasAttribute("data-full", Long.toString(sum));

      assertThat(page.locator(".foot-repeated")).hasCount(0);

      Locator gardens = page.locator("tr[data-group='Gardens']");
      assertThat(gardens).containsText("4 devices");
      gardens.locator("button").press("Enter");
      assertThat(gardens.locator("button")).hasAttribute("aria-expanded", "false");
      assertThat(rows(page)).hasCount(16);
      assertThat(gardens.locator("button")).isFocused();
      page.reload();
      assertThat(rows(page)).hasCount(16);
      page.locator("tr[data-group='Gardens'] button").click();
      assertThat(rows(page)).hasCount(20);

      page.locator("select[aria-label=Group]").selectOption("label");
      assertThat(page.locator("tr.group button"))
          .containsText(new String[] {"critical", "heat", "no label"});
      assertThat(page.locator("tr[data-device='boiler-1']")).hasCount(2);
      assertThat(page.locator(".fleet-foot")).containsText("20 devices");
      assertThat(page.locator(".foot-repeated"))
          .hasText("1 device with several labels: counted in each group, once here");
      page.setViewportSize(Browser.PHONE.width(), Browser.PHONE.height());
      assertThat(page.locator(".foot-repeated").evaluate("e => e.offsetWidth > innerWidth / 2"))
          .as("on a phone it has a line of its own")
          .isEqualTo(true);
    } finally {
      PAGES.fleet().lively();
    }
  }

  @Test
  void whatIsSaidOfADeviceIsChangedInPlace() {
    Page page = PAGES.openDevice("silo-2", "5m");
    page.getByText("Change", new Page.GetByTextOptions().setExact(true)).click();
    Locator form = page.locator("form.record");
    assertThat(form.locator("input[name=name]")).isFocused();
    assertThat(form.locator("input[name=site]")).hasValue("Cold chain");
    form.locator("input[name=name]").fill("Grain silo, west");
    form.locator("input[name=location]").fill("behind the scales");
    form.locator("input[name=labels]").fill("tall, grain,tall");
    form.locator("textarea").fill("Calibrated in May.\nKey at the porter's.");
    form.locator("input[name=name]").press("Enter");

    assertThat(form).hasCount(0);
    assertThat(page.locator(".device-name")).hasText("Grain silo, west");
    assertThat(page.locator(".device-id")).hasText("silo-2");
    assertThat(page.locator(".notes")).containsText("Key at the porter's.");
    assertThat(page.locator("tm-record .label-chip")).hasText(new String[] {"grain", "tall"});
    page.locator("tm-record .label-chip").getByText("tall").click();
    assertThat(page).hasURL(PAGES.fleet().url() + "/?label=tall");
    assertThat(rows(page)).hasCount(1);
    assertThat(rows(page).locator(".col-device")).containsText("Grain silo, west silo-2");
    page.goBack();
    assertThat(page.locator(".device-id")).hasText("silo-2");
  }

  @Test
  void twoWhoChangeTheSameAreToldOfEachOther() throws IOException, InterruptedException {
    String record = PAGES.fleet().url() + "/api/v1/devices/office-2/registry";
    PAGES.browser().expectOutage(); // 412 and 400 are logged by the browser
    Page page = PAGES.openDevice("office-2", "5m");
    Locator change = page.getByText("Change", new Page.GetByTextOptions().setExact(true));
    change.click();
    Locator form = page.locator("form.record");
    form.locator("input[name=name]").fill("Mine");
    form.locator("input[name=location]").fill("my shelf");
    http.put(record, "\"1\"", "{\"name\":\"Theirs\",\"site\":\"Offices\"}");
    form.getByText("Save").click();
    assertThat(form.locator(".problem")).containsText("name is now “Theirs”");
    assertThat(form.locator("input[name=name]")).hasValue("Mine");
    form.getByText("Show theirs").click();
    assertThat(form.locator("input[name=name]")).hasValue("Theirs");
    assertThat(form.locator("input[name=location]")).hasValue("");

    form.locator("input[name=name]").fill("Ours");
    form.locator("input[name=labels]").fill("x".repeat(65));
    form.getByText("Save").click();
    assertThat(form.locator(".problem")).containsText("at most 64 characters");
    form.locator("input[name=labels]").fill("");
    form.getByText("Save").click();
    assertThat(form).hasCount(0);
    assertThat(http.get(record).get("name").asText()).isEqualTo("Ours");
    assertThat(change).isFocused();

    change.click();
    form.locator("input[name=name]").fill("Never");
    form.locator("input[name=name]").press("Escape");
    assertThat(form).hasCount(0);
    assertThat(http.get(record).get("name").asText()).isEqualTo("Ours");
  }

  @Test
  void theFormIsNamedForAssistiveTechnology() {
    Page page = PAGES.openDevice("yard-gate", "5m");
    page.getByText("Change", new Page.GetByTextOptions().setExact(true)).click();
    for (String label : List.of("name", "site", "location", "class", "labels", "notes")) {
      assertThat(
              page.locator("form.record")
                  .getByRole(
                      AriaRole.TEXTBOX,
                      new Locator.GetByRoleOptions().setName(label).setExact(true)))
          .isVisible();
    }
    assertThat(Axe.faults(page)).isEmpty();
  }
}
