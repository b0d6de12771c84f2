package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The quarantine's page. What is discarded here are messages of senders that are no devices, and
 * readings whose number is stored already: neither is in any device's books.
 */
class QuarantinePageTest {
  @RegisterExtension static final Dashboards PAGES = new Dashboards();

  private final Http http = new Http();

  private static String url(String query) {
    return PAGES.fleet().url() + "/quarantine" + query;
  }

  private static Page open(String query) {
    return PAGES.browser().open(Browser.DESKTOP, url(query));
  }

  /** Messages that are no batch, as many as are said. */
  static void deliverMessages(String sender, int count) throws InterruptedException {
    PAGES
        .fleet()
        .deliver(
            Instant.now(),
            IntStream.range(0, count)
                .mapToObj(i -> message(sender, "{\"temperature\":\"warm\",\"n\":" + i + "}"))
                .toList());
  }

  static Delivery message(String sender, String text) {
    return new Delivery(sender, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The first number of a device once more, with other contents. */
  static Delivery conflict(String fleetUrl, String device)
      throws IOException, InterruptedException {
    JsonNode ledger = new Http().get(fleetUrl + "/api/v1/devices/" + device + "/ledger");
    long epoch = ledger.path("epochs").path(0).path("epoch").asLong();
    long now = ForwardPoster.nanos(Instant.now());
    Reading other = new Reading("bme280", "bme280", now, Map.of("temperature", Value.of(99.0)));
    Batch batch = Batch.ofReadings(device, epoch, 0, List.of(other), 1, 0);
    return new Delivery(device, BatchCodec.encode(batch));
  }

  private long onlyItemOf(String device) throws IOException, InterruptedException {
    JsonNode items =
        http.get(PAGES.fleet().url() + "/api/v1/quarantine?payload=false&device=" + device)
            .path("items");
    assertThat(items).hasSize(1);
    return items.path(0).path("id").asLong();
  }

  private static Locator rows(Page page) {
    return page.locator("tr[data-item]");
  }

  private static Locator result(Page page) {
    return page.locator(".resolve-result");
  }

  @Test
  void groupsSayHowManyWhyAndSinceWhen() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    page.keyboard().press("g");
    page.keyboard().press("q");
    assertThat(page).hasURL(url(""));
    assertThat(page.locator("h1.sentence"))
        .hasText(
            Pattern.compile(
                "\\d+ readings.* set aside for \\d+ reasons?; the oldest\\s+.+ ago\\."));
    Locator group = page.locator("tr[data-reason=reserved_name]");
    assertThat(group.locator(".col-items .num")).hasAttribute("data-full", "5");
    assertThat(group.locator(".col-devices .num")).hasAttribute("data-full", "1");
    assertThat(group).containsText("a name that every row needs for itself");
    assertThat(group.locator("svg.trend"))
        .hasAttribute("aria-label", Pattern.compile("reserved name.*: 5 in the last 24 h"));
    assertThat(page.locator(".notice")).containsText("of 1,000,000 items");

    group.getByRole(AriaRole.LINK).click();
    assertThat(page).hasURL(url("?reason=reserved_name"));
    assertThat(group.getByRole(AriaRole.LINK)).hasAttribute("aria-current", "true");
    assertThat(rows(page)).hasCount(5);
    assertThat(page.locator(".chosen-group")).containsText("Give the metric another name");
    page.goBack();
    assertThat(page).hasURL(url(""));
    assertThat(page.locator(".chosen-group")).hasCount(0);
  }

  @Test
  void anItemIsDecodedBesideItsBytes() throws IOException, InterruptedException {
    Page page = open("?device=" + PostedFleet.WITH_QUARANTINED);
    assertThat(page.locator("h1.sentence"))
        .containsText("5 readings of " + PostedFleet.WITH_QUARANTINED + " set aside for 1 reason;");
    rows(page).nth(1).locator(".col-item a").focus();
    page.keyboard().press("Enter");
    assertThat(page).hasURL(Pattern.compile("item=\\d+"));
    assertThat(page.locator("tm-quarantine-item h1")).isFocused();
    assertThat(page.locator(".rule-broke")).containsText("reserved name: A metric has a name");
    assertThat(page.locator(".rule-detail")).containsText("metric time:");
    Locator wrong = page.locator(".item-body tr.wrong");
    assertThat(wrong).containsText("Time breaks the rule");
    assertThat(page.locator(".item-body")).containsText("°C");
    assertThat(page.getByLabel("Bytes in hexadecimal, and their text"))
        .containsText(Pattern.compile("0000  ([0-9a-f]{2} +){8}"));

    Download download = page.waitForDownload(() -> page.getByText("Download all").click());
    String item = Pattern.compile(".*item=(\\d+).*").matcher(page.url()).replaceAll("$1");
    JsonNode known = http.get(PAGES.fleet().url() + "/api/v1/quarantine/" + item);
    assertThat(Files.readAllBytes(download.path()))
        .isEqualTo(known.path("payloadBase64").binaryValue());

    String heading = page.locator("tm-quarantine-item h1").innerText();
    page.keyboard().press("[");
    assertThat(page.locator("tm-quarantine-item h1")).not().hasText(heading);
    page.keyboard().press("]");
    assertThat(page.locator("tm-quarantine-item h1")).hasText(heading);
    page.locator("tm-quarantine-item h1")
        .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("Quarantine"))
        .click();
    assertThat(page).hasURL(url("?device=" + PostedFleet.WITH_QUARANTINED));
    assertThat(page.locator("tr[data-item='" + item + "'] .col-item a")).isFocused();
  }

  @Test
  void aReplaySaysWhatWillHappenAndWhatDid() {
    Page page = open("?item=1");
    page.getByText("Replay…").focus();
    page.keyboard().press("Enter");
    assertThat(page.locator(".step"))
        .containsText("This reading is checked again by today's rules, as if it had just come.");
    assertThat(page.locator(".step [type=submit]")).isFocused();
    page.keyboard().press("Escape");
    assertThat(page.locator(".step")).hasCount(0);
    assertThat(page.getByText("Replay…")).isFocused();
    page.keyboard().press("Enter");
    page.keyboard().press("Enter");
    assertThat(result(page)).containsText("Still set aside, for the same reason: metric time");
    assertThat(page.locator(".done")).containsText("replayed: still set aside, now");
    assertThat(page.getByText("Replay…")).isVisible();
  }

  /** What becomes a row by it is looked at where there is a database to mend. */
  @Test
  void aGroupIsReplayedAndStaysWithItsReasons() {
    Page page = open("?device=" + PostedFleet.WITH_QUARANTINED + "&reason=reserved_name");
    page.getByText("Replay all 5 readings…").click();
    assertThat(page.locator(".step"))
        .containsText(
            "5 readings are checked again by today's rules, the oldest first. Each one that is in"
                + " order now becomes stored and leaves; the others stay");
    page.keyboard().press("Enter");
    assertThat(result(page))
        .hasText("Done: 5 readings checked again: 0 stored, 5 still set aside.");
    assertThat(rows(page)).hasCount(5);
    assertThat(page.locator(".done"))
        .containsText(Pattern.compile("replayed: still set aside, \\d+ readings of"));
  }

  @Test
  void aDiscardWantsAReasonAndIsRemembered() throws InterruptedException {
    deliverMessages("visitor-a", 1);
    Page page = open("?device=visitor-a");
    assertThat(page.locator("h1.sentence"))
        .containsText("1 message of visitor-a set aside for 1 reason");
    rows(page).locator(".col-item a").click();
    assertThat(page.getByLabel("As text")).containsText("\"temperature\": \"warm\"");
    assertThat(page.locator(".item-body")).containsText("Nothing of it could be decoded");
    page.getByText("Discard…").click();
    assertThat(page.locator(".step"))
        .containsText(
            "1 message of visitor-a is deleted, with the bytes. The ledger does not change");
    page.locator(".step").getByText("Discard 1 message").click();
    assertThat(page.locator(".step input")).isFocused();
    page.keyboard().type("a visitor's noise");
    page.keyboard().press("Enter");
    assertThat(result(page)).containsText("Deleted: the message and its bytes are gone.");
    assertThat(page.getByText("Discard…")).hasCount(0);
    assertThat(page.locator(".done")).containsText("discarded: “a visitor's noise”");

    page.goBack();
    assertThat(rows(page)).hasAttribute("data-fate", "dropped");
    assertThat(rows(page)).containsText("discarded");
    assertThat(page.locator("h1.sentence"))
        .hasText("Nothing of visitor-a is set aside any more: what was done with it is below.");
    assertThat(page.locator(".done"))
        .containsText(Pattern.compile("discarded, 1 message of\\s+visitor-a \\(undecodable\\)"));
    page.reload();
    assertThat(page.locator(".empty")).containsText("Nothing of visitor-a is set aside.");
  }

  @Test
  void onAPhoneOneLooksInsideAndDiscards() throws InterruptedException {
    deliverMessages("visitor-d", 1);
    Page page = PAGES.browser().open(Browser.PHONE.dark(), url("?device=visitor-d"));
    rows(page).locator(".col-item a").tap();
    assertThat(page.getByLabel("As text")).containsText("\"temperature\": \"warm\"");
    page.getByText("Discard…").tap();
    assertThat(page.locator(".step")).containsText("1 message of visitor-d is deleted");
    page.locator(".step input").tap();
    page.keyboard().type("noise");
    page.locator(".step").getByText("Discard 1 message").tap();
    assertThat(result(page)).containsText("Deleted: the message and its bytes are gone.");
    page.locator(".places").getByText("Quarantine").tap();
    assertThat(page).hasURL(url(""));
    page.locator("tr[data-reason=reserved_name] a").tap();
    assertThat(rows(page)).hasCount(5);
  }

  @Test
  void whatIsStoredStaysWhenItsConflictIsDiscarded() throws IOException, InterruptedException {
    PAGES.fleet().deliver(Instant.now(), List.of(conflict(PAGES.fleet().url(), "silo-2")));
    Page page = open("?item=" + onlyItemOf("silo-2"));
    assertThat(page.locator(".item-body")).containsText("99 °C");
    page.getByText("Discard…").click();
    assertThat(page.locator(".step"))
        .containsText("What is stored under the same number stays, and so do the ledger's sums.");
    page.locator(".step input").fill("a test");
    page.locator(".step [type=submit]").click();
    assertThat(result(page)).hasText("Deleted: what is stored under its number stays.");
    JsonNode ledger = http.get(PAGES.fleet().url() + "/api/v1/devices/silo-2/ledger");
    assertThat(ledger.path("totals").path("dropped").asLong()).isZero();
    assertThat(ledger.path("totals").path("quarantined").asLong()).isZero();
  }

  @Test
  void whoComesSecondIsToldWhatTheFirstDid() throws IOException, InterruptedException {
    deliverMessages("visitor-b", 1);
    long id = onlyItemOf("visitor-b");
    PAGES.browser().expectOutage();
    Page page = open("?item=" + id);
    page.locator("button.live").click();
    page.getByText("Replay…").click();
    http.post(
        PAGES.fleet().url() + "/api/v1/quarantine/" + id + "/discard", "{\"reason\":\"me first\"}");
    page.locator(".step [type=submit]").click();
    assertThat(result(page))
        .hasText(
            Pattern.compile(
                "Nothing was left to do\\. It was discarded .+ \\(.+\\): “me first”\\."));
    assertThat(page.locator(".resolve-error")).hasCount(0);

    Page later = open("?item=" + id);
    assertThat(later.locator(".empty"))
        .containsText("Item " + id + " is not set aside. What became of it is below.");
    assertThat(later.locator(".done")).containsText("me first");
  }

  @Test
  void aGroupIsDiscardedInPiecesAndGoesOnAfterAnError() throws InterruptedException {
    deliverMessages("visitor-c", 450);
    PAGES.browser().expectOutage();
    Page page = open("?device=visitor-c&reason=undecodable");
    assertThat(rows(page)).hasCount(50);
    page.locator("[data-more]").click();
    assertThat(rows(page)).hasCount(100);
    page.getByText("Discard all 450 messages…").click();
    deliverMessages("visitor-c", 1); // of a later entry: one more
    assertThat(page.locator("[data-newer]")).hasText("1 more came since: show");
    assertThat(page.locator(".step")).containsText("450 messages of visitor-c are deleted");
    failOnce(page, "**/api/v1/quarantine/discard?**", 2);
    page.locator(".step input").fill("all of it");
    page.keyboard().press("Enter");
    assertThat(page.locator(".resolve-error"))
        .containsText("Stopped: 200 of 450 messages discarded. The store does not answer.");
    page.getByText("Go on").click();
    assertThat(result(page)).hasText("Done: 450 messages discarded.");
    assertThat(page.locator("tr[data-fate=dropped]")).hasCount(100);
    assertThat(page.locator("tr[data-reason=undecodable] .col-items .num"))
        .hasAttribute("data-full", "1");
    page.locator("[data-newer]").click();
    assertThat(rows(page)).hasCount(1);
  }

  /** The nth request is answered as if the store were away, once. */
  private static void failOnce(Page page, String requests, int nth) {
    AtomicInteger count = new AtomicInteger();
    page.route(
        requests,
        route -> {
          if (count.incrementAndGet() != nth) {
            route.resume();
            return;
          }
          route.fulfill(
              new Route.FulfillOptions()
                  .setStatus(503)
                  .setContentType("application/problem+json")
                  .setBody("{\"title\":\"Away\",\"detail\":\"The store does not answer.\"}"));
        });
  }

  @Test
  void filtersAreInTheAddressAndWrongOnesSaySo() {
    PAGES.browser().expectOutage();
    Page page = open("?reason=reserved_name");
    Locator device = page.getByLabel("Device", new Page.GetByLabelOptions().setExact(true));
    device.fill("nobody");
    device.press("Enter");
    assertThat(page).hasURL(url("?device=nobody&reason=reserved_name"));
    assertThat(page.locator(".empty"))
        .containsText("Nothing of nobody is set aside for reserved name.");
    device.fill("no/body");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Show").setExact(true))
        .click();
    assertThat(page.locator(".empty")).containsText("device must be 1 to 128 of");
    page.getByLabel("All devices, not only no/body").click();
    assertThat(rows(page)).hasCount(5);
    page.navigate(url("?item=999999"));
    assertThat(page.locator(".empty")).containsText("Item 999999 is not set aside.");
  }

  @Test
  void anEmptyQuarantineSaysSo() {
    Page page = PAGES.browser().blank(Browser.DESKTOP, PAGES.fleet().url());
    String nothing = "{\"items\":[],\"next\":null}";
    page.route("**/api/v1/quarantine?**", route -> PageChecks.answer(route, nothing));
    page.route("**/api/v1/ledger/actions?**", route -> PageChecks.answer(route, nothing));
    page.route(
        "**/api/v1/quarantine/summary?**",
        route ->
            PageChecks.answer(
                route, "{\"items\":0,\"bytes\":0,\"maxItems\":10,\"maxBytes\":10,\"groups\":[]}"));
    page.navigate(url(""));
    assertThat(page.locator("h1.sentence"))
        .hasText("Nothing is set aside: every reading that came could be stored.");
    assertThat(page.locator(".empty")).containsText("It appears by itself.");
  }

  @Test
  void fleetAndDeviceLeadToWhatIsSetAside() {
    Page page = PAGES.browser().open(Browser.DESKTOP, PAGES.fleet().url() + "/");
    String device = PostedFleet.WITH_QUARANTINED;
    page.locator("tr[data-device='" + device + "'] .sum-quarantined a").click();
    assertThat(page).hasURL(url("?device=" + device));
    assertThat(rows(page)).hasCount(5);
    rows(page).first().locator(".col-device a").click();
    assertThat(page).hasURL(PAGES.fleet().url() + "/device/" + device);
    page.locator("[data-state=quarantined]").getByText("reserved name").click();
    assertThat(page).hasURL(url("?device=" + device + "&reason=reserved_name"));
  }
}
