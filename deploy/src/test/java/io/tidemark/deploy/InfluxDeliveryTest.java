package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.grafana.DashboardRun;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Deliveries with a real influxd. */
class InfluxDeliveryTest extends DeliveryContract {
  private static final String PRESS = "press.7";

  /** What an expression for the former finds as well, unless its point is escaped. */
  private static final String OTHER_PRESS = "pressx7";

  private static final long EPOCH = 7_000_007;

  private static final String DATABASE = "tidemark";

  private InfluxServer influx;
  private @Nullable Browser browser;

  @Override
  TestPipeline pipeline() throws Exception {
    influx = InfluxServer.start(TestPipeline.folder("influx-delivery-server"));
    return TestPipeline.in("influx-delivery", influx.url());
  }

  @Test
  void anotherIngestWithALedgerOfItsOwnDoesNotStart() throws Exception {
    try (TestPipeline other = TestPipeline.in("influx-delivery-other", influx.url())) {
      ChildProcess ingest = other.parts().ingest();
      ingest.start();
      assertThat(ingest.waitFor(TestPipeline.LONG)).isTrue();
      assertThat(ingest.exitCode()).isEqualTo(2);
      assertThat(ingest.logTail())
          .contains(
              "database tidemark", "is in use by another ingest", "set tidemark.influx.database");
    }
  }

  /**
   * Every query of every dashboard for Grafana finds what ingest has written, with all that there
   * is and with some of it chosen, and counts what the ledger counts.
   */
  @Test
  void grafanaShowsTheRows() throws Exception {
    Instant start = Instant.now().minusSeconds(60);
    send(PRESS, start, 0, 10);
    send(PRESS, start, 13, 30); // 10 to 12 never come
    send(OTHER_PRESS, start, 0, 5);
    Sums sums = awaitDevice(PRESS, 30);
    assertThat(sums.stored()).isEqualTo(27);
    awaitDevice(OTHER_PRESS, 5);

    DashboardRun grafana =
        new DashboardRun(
            influx.url(), DATABASE, start.minusSeconds(60), Instant.now().plusSeconds(60));
    Map<String, List<String>> chosen =
        Map.of(
            "device",
            List.of(PRESS),
            "sensor",
            List.of("roof"),
            "kind",
            List.of("bme280"),
            "metric",
            List.of("temperature", "pm2.5"),
            "epoch",
            List.of(Long.toString(EPOCH)));
    assertThat(grafana.open(chosen, true)).isEmpty();
    assertThat(grafana.column("fleet.json", "Newest row of each sensor", "device"))
        .contains(PRESS, OTHER_PRESS);
    assertThat(grafana.open(chosen, false)).isEmpty();
    assertThat(grafana.column("fleet.json", "Newest row of each sensor", "device"))
        .containsOnly(PRESS);
    assertThat(grafana.column("completeness.json", "Each device and epoch", "without a row"))
        .containsExactly((double) (sums.produced() - sums.stored()));
  }

  /** Nothing of ours writes such a row: it is put into the database past ingest. */
  @Test
  void aRowTooManyIsSaidOnThePages() throws Exception {
    Instant start = Instant.now().minusSeconds(60);
    send("doubled", start, 0, 4);
    awaitDevice("doubled", 4);
    Page page = browser().open(Browser.DESKTOP, test.parts().apiUrl() + "/device/doubled");
    assertThat(page.locator("p.sentence")).containsText("4 readings produced. All accounted for:");
    String again = (start.getEpochSecond() + 2) + "000000001";
    influx.write(
        DATABASE,
        "bme280,device=doubled,epoch=%d,sensor=roof temperature=22,seq=2i %s"
            .formatted(EPOCH, again));
    assertThat(counted("doubled").path("verdict").asText()).isEqualTo("unclean");
    assertThat(page.locator(".sentence .alarm"))
        .hasText("Doubled: 1 row too many, of readings that are stored already.");
    assertThat(page.locator(".named[data-state=doubled]"))
        .containsText("1 row too many: some readings are stored more than once.");
    Page fleet = browser().open(Browser.DESKTOP, test.parts().apiUrl() + "/");
    Locator alarm = // beside what other devices miss
        fleet.locator(".sentence .alarm").filter(new Locator.FilterOptions().setHasText("Doubled"));
    assertThat(alarm).hasText("Doubled: 1 row too many, of readings that are stored already.");

    influx.execute(DATABASE, "DELETE FROM bme280 WHERE device = 'doubled' AND time = " + again);
    assertThat(counted("doubled").path("verdict").asText()).isEqualTo("clean");
    assertThat(page.locator(".sentence .alarm")).hasCount(0);
    assertThat(alarm).hasCount(0);
    assertThat(browser().closePages()).isEmpty();
  }

  /** A device's ledger once its rows have been counted anew. */
  private JsonNode counted(String device) throws Exception {
    return test.parts()
        .http()
        .get(test.parts().apiUrl() + "/api/v1/devices/" + device + "/ledger?fresh=true");
  }

  /** Somebody has written a text where the metric is a number, and takes it away again. */
  @Test
  void whatATypeConflictKeptOutIsStoredByAReplay() throws Exception {
    influx.write(DATABASE, "flow-meter,device=other flow=\"strong\"");
    List<Reading> readings = new ArrayList<>();
    long now = Instant.now().toEpochMilli() * 1_000_000L;
    for (int i = 0; i < 3; i++) {
      readings.add(new Reading("main", "flow-meter", now + i, Map.of("flow", Value.of(1.5 + i))));
    }
    byte[] batch = BatchCodec.encode(Batch.ofReadings("pump", EPOCH, 0, readings, 3, 0));
    try (DeviceClient client = new DeviceClient(test.parts().mqttUrl(), "pump")) {
      assertThat(client.sendAndWait("pump", batch)).isZero();
    }
    assertThat(awaitDevice("pump", 3).quarantined()).isEqualTo(3);
    influx.execute(DATABASE, "DROP MEASUREMENT \"flow-meter\"");

    String group = test.parts().apiUrl() + "/quarantine?device=pump&reason=type_conflict";
    Page page = browser().open(Browser.DESKTOP, group);
    assertThat(page.locator("h1.sentence")).containsText("3 readings of pump set aside");
    page.locator("tr[data-item] .col-item a").first().click();
    page.getByText("Replay…").click();
    page.locator(".step [type=submit]").click();
    Locator result = page.locator(".resolve-result");
    assertThat(result).hasText("Stored: the reading is a row now and has left the quarantine.");
    assertThat(page.getByText("Replay…")).hasCount(0);

    page.navigate(group);
    page.getByText("Replay all 2 readings…").click();
    assertThat(page.locator(".step"))
        .containsText("2 readings are checked again by today's rules, the oldest first.");
    page.locator(".step [type=submit]").click();
    assertThat(result).hasText("Done: 2 readings checked again: 2 stored, 0 still set aside.");
    assertThat(page.locator("tr[data-fate=stored]")).hasCount(2);
    assertThat(page.locator("h1.sentence"))
        .hasText("Nothing of pump is set aside any more: what was done with it is below.");
    assertThat(page.locator(".done")).containsText("replayed: stored, 3 readings of");
    assertThat(awaitDevice("pump", 3).stored()).isEqualTo(3);
    assertThat(rows("pump"))
        .extracting(row -> row.path("values").path("flow").asDouble())
        .containsExactly(1.5, 2.5, 3.5);
    assertThat(browser().closePages()).isEmpty();
  }

  /** Started when the first page is opened. */
  private Browser browser() {
    if (browser == null) {
      browser = Browser.start();
    }
    return browser;
  }

  /** Numbers from {@code first} to before {@code next}, a second each, of two kinds in turn. */
  private void send(String device, Instant start, int first, int next) throws Exception {
    List<Reading> readings = new ArrayList<>();
    for (int i = first; i < next; i++) {
      long time = (start.getEpochSecond() + i) * 1_000_000_000L;
      readings.add(
          i % 2 == 0
              ? new Reading(
                  "roof",
                  "bme280",
                  time,
                  Map.of(
                      "temperature", Value.of(20 + i % 7),
                      "humidity", Value.of(40 + i % 5),
                      "pm2.5", Value.of(i),
                      "state", Value.of("ok"),
                      "heated", Value.of(true)))
              : new Reading(
                  "main", "power-meter", time, Map.of("active_power", Value.of(100 + i))));
    }
    byte[] batch = BatchCodec.encode(Batch.ofReadings(device, EPOCH, first, readings, next, first));
    try (DeviceClient client = new DeviceClient(test.parts().mqttUrl(), device)) {
      assertThat(client.sendAndWait(device, batch)).isZero();
    }
  }

  @AfterAll
  void stopInflux() throws InterruptedException {
    if (browser != null) {
      browser.close();
    }
    if (influx != null) {
      influx.close();
    }
  }
}
