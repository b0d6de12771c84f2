package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import io.tidemark.deploy.pipeline.Installation;
import java.net.URLDecoder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The gateways' page in a real browser: three gateways that report, and stories told in their
 * place.
 */
class GatewaysPageTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  /** A gateway is silent only after some seconds. */
  private static final HasTextOptions PATIENT = new HasTextOptions().setTimeout(30_000);

  private static final String WELL =
      "3 gateways, all ready: every group has a leader, nothing waits.";

  private static Page open(String query) {
    return PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/gateways" + query);
  }

  private static Locator cell(Page page, String group, String gateway) {
    return page.locator("tr[data-group='" + group + "'] td[data-gateway='" + gateway + "']");
  }

  @Test
  void aClusterThatIsWellIsSaidInOneSentence() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    assertThat(page.locator("tbody tr[data-device]").first()).isVisible();
    page.keyboard().press("g");
    page.keyboard().press("g");
    assertThat(page).hasURL(PAGES.fleet().url() + "/gateways");
    assertThat(page.locator(".places a[aria-current]")).hasText("Gateways");
    assertThat(page.locator("h1")).hasText(WELL);
    assertThat(page.locator(".notice")).containsText("36 MQTT connections");

    assertThat(cell(page, "g1", "g1")).containsText("leads");
    assertThat(cell(page, "g1", "g1")).containsText("home");
    assertThat(cell(page, "g1", "g1")).containsText("nothing waits");
    assertThat(cell(page, "g1", "g2")).containsText("follows");
    assertThat(cell(page, "g1", "g2")).containsText("up to date");
    assertThat(cell(page, "g1", "g2")).not().containsText("home");
    Locator head = page.locator("thead th[data-gateway='g3']");
    assertThat(head).containsText("ready");
    assertThat(head).containsText("13 MQTT connections");
    assertThat(head).containsText("mqtt gw3.example:1883");
    assertThat(head).containsText("version 0.1.0");

    Locator rate = page.locator("tr[data-reason='rate']");
    assertThat(rate.locator("td[data-gateway='g1'] .num")).hasAttribute("data-full", "1234");
    assertThat(rate.locator("td[data-gateway='g2'] .num")).hasAttribute("data-full", "7");
    assertThat(rate).containsText("more in a second than an address may send");
    assertThat(page.locator("tr[data-reason='undecodable'] td[data-gateway='g2']"))
        .containsText("0");
    page.goBack();
    assertThat(page).hasURL(PAGES.fleet().url() + "/");
  }

  @Test
  void oneThatIsGoneIsSaidWithWhoLeadsItsGroupAndWhatWaits() {
    Page page = open("?range=5m");
    assertThat(page.locator("h1")).hasText(WELL);
    PAGES.fleet().gateways().loseOne();
    try {
      assertThat(page.locator("h1"))
          .hasText(
              Pattern.compile(
                  "g2 has not been heard of for \\d+ s; g1 leads its group\\. 2 of 3 gateways are ready\\."
                      + " 3,210 readings wait, the oldest for 3\\d s\\."),
              PATIENT);
      assertThat(cell(page, "g2", "g2")).containsText("not known; at last it led");
      assertThat(cell(page, "g2", "g1")).containsText("leads");
      assertThat(cell(page, "g2", "g1")).containsText("3,210 wait, the oldest for 3");
      assertThat(page.locator("thead th[data-gateway='g2'] .state-silent")).hasText("silent");
      assertThat(page.locator("[data-lane='gateway g2'] .is-silent")).isVisible();
      Locator lane = page.locator("[data-lane='group g2'] .lane-strip");
      page.screenshot(
          new Page.ScreenshotOptions()
              .setPath(
                  Installation.find()
                      .home()
                      .resolve("deploy/target/screenshots/gateways-one-gone.png")));
      assertThat(lane).hasAttribute("aria-label", Pattern.compile("g2 leads, .*g1 leads, term"));
    } finally {
      PAGES.fleet().gateways().findIt();
    }
    assertThat(page.locator("h1")).hasText(WELL, PATIENT);
    page.locator(".changes summary").click();
    Locator list = page.locator(".changes li");
    assertThat(list.filter(new Locator.FilterOptions().setHasText("g2 is ready")).first())
        .isVisible();
    assertThat(
            list.filter(new Locator.FilterOptions().setHasText("g1 leads group g2, term")).first())
        .isVisible();
    assertThat(
            list.filter(new Locator.FilterOptions().setHasText("g2 is not heard of any more"))
                .first())
        .isVisible();
  }

  @Test
  void theTimelinesRangeIsPartOfTheAddress() {
    Page page = open("?range=6h");
    assertThat(page.locator("button[data-range='6h']")).hasAttribute("aria-pressed", "true");
    assertThat(page.locator("[data-lane='group g1'] .is-leads").first()).isVisible();
    page.locator("button[data-range='24h']").click();
    assertThat(page).hasURL(Pattern.compile("range=24h"));
    page.reload();
    assertThat(page.locator("button[data-range='24h']")).hasAttribute("aria-pressed", "true");
    page.locator("button[data-range='1h']").click();
    assertThat(page).hasURL(PAGES.fleet().url() + "/gateways");

    page.navigate(PAGES.fleet().url() + "/gateways?range=7d");
    Locator problem = page.locator(".range-problem");
    assertThat(problem)
        .hasText(
            "▲ The time of this address cannot be shown: range is “7d”, and has to be one of those"
                + " here. Shown instead: 1h.");
    page.locator("button[data-range='1h']").click();
    assertThat(problem).hasCount(0);
    assertThat(page).hasURL(PAGES.fleet().url() + "/gateways");
  }

  @Test
  void onAPhoneOneChoosesATimeReadsTheChangesAndGoesBack() {
    Page page = PAGES.browser().open(Browser.PHONE.dark(), PAGES.fleet().url() + "/gateways");
    assertThat(page.locator("h1")).hasText(WELL);
    assertThat(cell(page, "g1", "g2")).containsText("up to date");
    page.locator("button[data-range='5m']").tap();
    assertThat(page).hasURL(Pattern.compile("range=5m"));
    page.locator("button[data-range='6h']").tap();
    page.locator(".changes summary").tap();
    assertThat(page.locator(".changes li").first()).isVisible();
    page.goBack();
    assertThat(page.locator("button[data-range='5m']")).hasAttribute("aria-pressed", "true");
    page.goBack();
    assertThat(page.locator("button[data-range='1h']")).hasAttribute("aria-pressed", "true");
  }

  /** A gateway's part of an answer, with one replica. */
  private static String gateway(
      String cluster, String name, String state, String detail, String replica) {
    return """
        {"gateway":"%2$s","cluster":"%1$s","version":"0.1.0","heardAt":"%6$s","state":"%3$s","detail":"%4$s","member":true,
         "mqtt":null,"coap":null,"connections":{"mqtt":1,"coapRequests":0},
         "readings":{"received":1,"committed":1,"forwarded":1,"refused":{}},"groups":[%5$s]}
        """
        .formatted(cluster, name, state, detail, replica, Instant.now());
  }

  private static String replica(String group, String role, String leader, long lag) {
    return """
        {"group":"%s","role":"%s","leader":%s,"home":"%s","term":3,"committedIndex":9,"forwardedIndex":9,"lag":%d,
         "waitingReadings":0,"waitingEntries":0,"logBytes":2048,"waitingSince":null}
        """
        .formatted(group, role, leader.isEmpty() ? null : "\"" + leader + "\"", group, lag);
  }

  private static Page told(String... gateways) {
    return told(
        route -> PageChecks.answer(route, "{\"items\":[],\"next\":null,\"standing\":[]}"),
        gateways);
  }

  private static Page told(Consumer<Route> changes, String... gateways) {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    page.route(
        "**/api/v1/gateways",
        route ->
            PageChecks.answer(
                route, "{\"items\":[" + String.join(",", gateways) + "],\"next\":null}"));
    page.route("**/api/v1/gateways/changes?**", changes);
    page.navigate(PAGES.fleet().url() + "/gateways");
    return page;
  }

  @Test
  void severalClustersEachHaveASection() {
    Page page =
        told(
            gateway("north", "n1", "ready", "", replica("n1", "leader", "n1", 0)),
            gateway("south", "s1", "not-ready", "no majority", replica("s1", "candidate", "", 0)),
            gateway("south", "s2", "ready", "", replica("s1", "follower", "", 1_204)));
    assertThat(page.locator("h1"))
        .hasText(
            "s1 of cluster south cannot commit: no majority. Group s1 of cluster south has no leader"
                + " that is heard of. 2 of 3 gateways are ready.");
    assertThat(page.locator("section.cluster")).hasCount(2);
    Locator south = page.locator("[data-cluster='south']");
    assertThat(south.locator("tbody th").first()).containsText("no leader");
    assertThat(south.locator("td[data-gateway='s1']")).containsText("stands for election");
    assertThat(south.locator("td[data-gateway='s2']")).containsText("1,204 entries behind");
    assertThat(page.locator("[data-cluster='north'] tbody")).not().containsText("no leader");
    assertThat(south).containsText("No gateway has refused anything");
    assertThat(south).containsText("No change of a role is known yet");
  }

  /**
   * One answer has a thousand changes; what held when the newest begin has to be asked for, as a
   * group that has not changed since is in none of them.
   */
  @Test
  void moreChangesThanAreShownAreSaidToBeMore() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant oldest = now.minusSeconds(1_000);
    String newest =
        IntStream.range(0, 1_000)
            .mapToObj(
                i -> leads("g1", i % 2 == 0 ? "g1" : "g2", 5_000 - i, now.minusSeconds(i + 1)))
            .collect(Collectors.joining(","));
    Page page =
        told(
            route -> {
              String from = URLDecoder.decode(route.request().url(), UTF_8);
              boolean isOfNewest = from.contains("from=" + oldest.toString().replace("Z", ".000Z"));
              PageChecks.answer(
                  route,
                  "{\"items\":[%s],\"next\":%s,\"standing\":[%s]}"
                      .formatted(
                          newest,
                          isOfNewest ? "null" : "\"more\"",
                          isOfNewest
                              ? leads("g2", "g2", 7, now.minusSeconds(3_000))
                              : leads("g2", "g9", 6, now.minusSeconds(7_000))));
            },
            gateway("north", "g1", "ready", "", replica("g1", "leader", "g1", 0)),
            gateway("north", "g2", "ready", "", replica("g2", "leader", "g2", 0)));
    assertThat(page.locator(".timeline-cut"))
        .hasText(
            Pattern.compile(
                "There were more than 1,000 changes in this time\\. The newest are shown: from"
                    + " \\d\\d:\\d\\d:\\d\\d UTC.* on; what was\\s+before is in the API, /api/v1/gateways/changes\\."));
    Locator still = page.locator("[data-lane='group g2'] .stretch");
    assertThat(still).hasCount(1);
    assertThat(still).hasText("g2");
    assertThat(page.locator("[data-lane='group g1'] .stretch")).hasCount(1_000);
    assertThat(page.locator("[data-lane='group g1'] .lane-strip"))
        .hasAttribute("aria-label", Pattern.compile("^group g1: 980 earlier stretches; g"));
    page.locator(".changes summary").click();
    assertThat(page.locator(".changes li")).hasCount(200);
    assertThat(page.locator(".changes")).containsText("and 800 earlier changes");
  }

  private static String leads(String group, String gateway, long term, Instant time) {
    return """
        {"time":"%s","cluster":"north","gateway":"%s","group":"%s","change":"leads","term":%d,"detail":null}
        """
        .formatted(time, gateway, group, term);
  }

  @Test
  void whereNoGatewayHasReportedItSaysWhatToDo() {
    Page page = told();
    assertThat(page.locator("h1")).hasText("No gateway has reported yet.");
    assertThat(page.locator(".empty")).containsText("tidemark.ingest.urls");
  }
}
