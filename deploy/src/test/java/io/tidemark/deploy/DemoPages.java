package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Pipeline;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The six pages of a running demo that is well, one after the other as a person goes through them:
 * what each says is what is running. Used by one thread.
 */
final class DemoPages {
  private static final Pattern WELL =
      Pattern.compile(
          "[\\d,]+ readings produced\\. All accounted for: [\\d,]+ stored(, [\\d,]+ waiting)?\\.\\s*");

  private final Http http = new Http();
  private final JsonNode endpoints;
  private final String url;
  private final Page page;

  /**
   * Opens a page on a demo.
   *
   * @param endpoints what the demo says of itself
   */
  DemoPages(Browser browser, JsonNode endpoints) {
    this.endpoints = endpoints;
    url = endpoints.path("api").asText();
    page = browser.open(Browser.DESKTOP, url + "/");
  }

  /**
   * Looks at all of them.
   *
   * @param devices how many there are, the agent among them
   */
  void look(int devices) throws IOException, InterruptedException {
    fleet(devices);
    compare();
    gateways();
    go("Quarantine");
    assertThat(page.locator("h1.sentence"))
        .hasText("Nothing is set aside: every reading that came could be stored.");
    go("Alerts");
    assertThat(page.locator("h1.sentence"))
        .hasText("Nothing is watched: there is no rule that is switched on.");
    go("Fleet");
    agent();
  }

  private void go(String place) {
    page.locator(".places").getByText(place).click();
  }

  private void fleet(int devices) throws IOException, InterruptedException {
    assertThat(page.locator("tbody tr[data-device]")).hasCount(devices);
    assertThat(page.locator("h1.sentence")).hasText(WELL);
    assertProduced("h1.sentence .num", "/api/v1/ledger");
    assertThat(page.locator("tr[data-device='" + Pipeline.AGENT_DEVICE + "'] .status"))
        .hasText("online");
  }

  /** A page's number of readings goes up all the time, with what the ledger says. */
  private void assertProduced(String number, String ledger)
      throws IOException, InterruptedException {
    long before = produced(ledger);
    Locator shown = page.locator(number).first();
    page.waitForCondition(() -> full(shown) >= before);
    long now = full(shown);
    assertThat(now).isBetween(before, produced(ledger));
    page.waitForCondition(() -> full(shown) > now);
  }

  private static long full(Locator number) {
    return Long.parseLong(String.valueOf(number.getAttribute("data-full")));
  }

  private long produced(String ledger) throws IOException, InterruptedException {
    return http.get(url + ledger).path("totals").path("produced").asLong();
  }

  private void compare() {
    for (String device : List.of("sim-00001", "sim-00002")) {
      page.getByLabel("Compare " + device).check();
    }
    page.locator(".ticked").getByText("Compare").click();
    assertThat(page.locator("h1")).hasText(Pattern.compile("\\w.* of sim-00001 and sim-00002\\."));
    assertThat(page.locator("table.compared tbody tr")).hasCount(2);
    Locator chart = page.locator("tm-chart");
    assertThat(chart).isVisible();
    page.waitForCondition(() -> PageChecks.points(chart) > 3 && PageChecks.linesDrawn(chart) > 0);
  }

  /** Each leads its own group and follows the others', whose entries reach it. */
  private void gateways() {
    go("Gateways");
    List<String> names = new ArrayList<>();
    endpoints.path("gateways").forEach(gateway -> names.add(gateway.path("id").asText()));
    assertThat(page.locator("h1"))
        .hasText(names.size() + " gateways, all ready: every group has a leader, nothing waits.");
    for (JsonNode gateway : endpoints.path("gateways")) {
      String name = gateway.path("id").asText();
      Locator head = page.locator("thead th[data-gateway='" + name + "']");
      assertThat(head.locator(".mark")).hasText("ready");
      assertThat(head).containsText("mqtt " + address(gateway.path("mqtt")));
      assertThat(head).containsText("coap " + address(gateway.path("coap")));
      Locator row = page.locator("tr[data-group='" + name + "']");
      assertThat(row.locator("th")).containsText(name + " leads, term ");
      for (String member : names) {
        Locator cell = row.locator("td[data-gateway='" + member + "']");
        assertThat(cell.locator(".mark").first())
            .hasText(member.equals(name) ? "leads" : "follows");
        assertThat(cell.locator(".cell-facts"))
            .containsText(member.equals(name) ? "nothing waits" : "up to date");
      }
    }
    assertThat(page.locator("[data-lane^='gateway'] .is-ready").first()).isVisible();
  }

  private static String address(JsonNode url) {
    URI address = URI.create(url.asText());
    return address.getHost() + ":" + address.getPort();
  }

  private void agent() throws IOException, InterruptedException {
    page.locator("tr[data-device='" + Pipeline.AGENT_DEVICE + "'] .col-device a").click();
    assertThat(page.locator(".device-name")).hasText(Pipeline.AGENT_DEVICE);
    assertThat(page.locator("p.sentence")).hasText(WELL);
    assertProduced("p.sentence .num", "/api/v1/devices/" + Pipeline.AGENT_DEVICE + "/ledger");
    assertThat(page.locator("section.agent")).containsText("all working");
    Locator chart = page.locator("tm-chart").first();
    assertThat(chart.locator("h2")).containsText("Temperature");
    page.waitForCondition(() -> PageChecks.points(chart) > 3 && PageChecks.linesDrawn(chart) > 0);
    assertThat(page.locator(".strip .state-stored").first()).isVisible();
  }
}
