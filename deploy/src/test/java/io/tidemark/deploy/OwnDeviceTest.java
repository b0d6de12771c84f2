package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every command of the page "Connect your own device" does what the page says. */
class OwnDeviceTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);
  private static final int LOSSY_READINGS = 40;
  private static final Pattern BLOCK =
      Pattern.compile("```(sh|python)\n(.+?)\n```", Pattern.DOTALL);

  /** One that has paho-mqtt; the launcher finds it. */
  private static final String PYTHON =
      System.getenv().getOrDefault("TIDEMARK_PYTHON", "/usr/bin/python3");

  private static TestPipeline test;
  private static Path folder;
  private static String page;
  private static int commands;

  @BeforeAll
  static void start() throws Exception {
    test = TestPipeline.started("own-device");
    folder = test.parts().data();
    page =
        Files.readString(Installation.find().home().resolve("docs/connect-your-own-device.md"))
            .replace("gateway.example", "127.0.0.1")
            .replace("1883", test.parts().mqttUrl().replaceAll(".*:", ""))
            .replace("5683", test.parts().coapUrl().replaceAll(".*:", ""));
  }

  @AfterAll
  static void stop() throws Exception {
    if (test != null) {
      test.close();
    }
  }

  /** The page's blocks in a language that contain a word. */
  private static List<String> blocks(String language, String word) {
    List<String> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(page);
    while (matcher.find()) {
      if (matcher.group(1).equals(language) && matcher.group(2).contains(word)) {
        blocks.add(matcher.group(2));
      }
    }
    assertThat(blocks).as("%s blocks with %s", language, word).isNotEmpty();
    return blocks;
  }

  private static ChildProcess started(String script) {
    ChildProcess shell =
        new ChildProcess(
            "command-" + commands++,
            folder,
            Map.of(),
            List.of("/bin/bash", "-ec", "cd '" + folder + "'\n" + script));
    shell.start();
    return shell;
  }

  private static void run(String script) throws InterruptedException {
    ChildProcess shell = started(script);
    assertThat(shell.waitFor(COMMAND_TIMEOUT)).as("ends: " + script).isTrue();
    assertThat(shell.exitCode()).as(script + "\n" + shell.logTail()).isZero();
  }

  private static Sums awaitStored(String device, long count) {
    Sums[] last = new Sums[1];
    Awaitility.await(count + " rows of " + device)
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              last[0] = Sums.of(get(device, "ledger").path("totals"));
              return last[0].stored() == count;
            });
    return last[0];
  }

  private static JsonNode get(String device, String what) throws Exception {
    return get(device + "/" + what);
  }

  private static JsonNode get(String path) throws Exception {
    return test.parts().http().get(test.parts().apiUrl() + "/api/v1/devices/" + path);
  }

  /** Rows as {@code sensor/metric=value}. */
  private static List<String> rows(String device) throws Exception {
    List<String> rows = new ArrayList<>();
    for (JsonNode row :
        get(device, "readings?from=2020-01-01T00:00:00Z&to=2200-01-01T00:00:00Z").path("items")) {
      row.path("values")
          .fields()
          .forEachRemaining(
              value ->
                  rows.add(
                      row.path("sensor").asText() + "/" + value.getKey() + "=" + value.getValue()));
    }
    return rows;
  }

  @Test
  void mosquittoPubIsInTheApiAndOnThePage() throws Exception {
    for (String block : blocks("sh", "mosquitto_pub")) {
      if (!block.contains("--will-topic")) {
        run(block);
      }
    }
    awaitStored("greenhouse", 3);
    assertThat(rows("greenhouse"))
        .containsExactlyInAnyOrder(
            "main/temperature=21.5",
            "main/humidity=48.0",
            "main/vent=true",
            "roof/temperature=3.1",
            "soil/moisture=0.31");
    awaitStored("attic", 2);
    assertThat(rows("attic"))
        .containsExactlyInAnyOrder(
            "roof/temperature=3.1", "roof/humidity=80.0", "roof/temperature=3.2");
    assertThat(
            get("attic", "readings?from=2026-03-01T12:01:00Z&to=2026-03-01T12:02:00Z")
                .path("items"))
        .as("a minute later, by t")
        .hasSize(1);
    try (Browser browser = Browser.start()) {
      Page fleet = browser.open(Browser.DESKTOP, test.parts().apiUrl() + "/");
      assertThat(fleet.locator("tr[data-device='greenhouse']")).isVisible();
      assertThat(fleet.locator("tr[data-device='attic'] .sum-stored .num"))
          .hasAttribute("data-full", "2");
      assertThat(browser.closePages()).isEmpty();
    }
  }

  @Test
  void aDeviceThatIsKilledLeavesItsLastWords() throws Exception {
    ChildProcess shell = started(blocks("sh", "--will-topic").get(0));
    ProcessHandle running = ProcessHandle.of(shell.pid()).orElseThrow();
    try (Browser browser = Browser.start()) {
      awaitStored("barrel", 1);
      Page page = browser.open(Browser.DESKTOP, test.parts().apiUrl() + "/device/barrel");
      assertThat(page.locator(".device-head .status")).hasText("online");
      try (BufferedReader events = events("barrel")) {
        running
            .descendants()
            .filter(process -> process.info().command().orElse("").endsWith("/mosquitto_pub"))
            .findFirst()
            .orElseThrow()
            .destroyForcibly();
        JsonNode will = awaitStatus(events, "disconnected").path("will");
        assertThat(will.path("topic").asText()).isEqualTo("devices/barrel/status");
        assertThat(will.path("payload").asText()).isEqualTo("out of power");
        assertThat(get("barrel").path("status").asText()).isEqualTo("disconnected");
        assertThat(get("barrel").path("will")).isEqualTo(will);
        assertThat(page.locator(".device-head .status")).hasText("disconnected");
        assertThat(page.locator(".facts .will")).containsText("out of power");
        run(blocks("sh", "\"vent\"").get(0).replace("greenhouse", "barrel"));
        assertThat(awaitStatus(events, "online").path("will")).isEqualTo(will);
      }
      assertThat(browser.closePages()).isEmpty();
    } finally {
      running.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.kill();
    }
    assertThat(awaitStored("barrel", 2).missing()).isZero();
  }

  private static BufferedReader events(String device) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(test.parts().apiUrl() + "/api/v1/stream?device=" + device))
            .build();
    return new BufferedReader(
        new InputStreamReader(
            CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(),
            StandardCharsets.UTF_8));
  }

  /** The next event that says so; there is a line of something every 15 s. */
  private static JsonNode awaitStatus(BufferedReader events, String status) throws IOException {
    long deadline = System.nanoTime() + TestPipeline.LONG.toNanos();
    String line = events.readLine();
    while (line != null && System.nanoTime() < deadline) {
      if (line.startsWith("data: ") && line.contains("\"status\":\"" + status + "\"")) {
        return Json.lastLine(line.substring("data: ".length()));
      }
      line = events.readLine();
    }
    throw new AssertionError("no event of status " + status);
  }

  @Test
  void coapClientIsInTheApi() throws Exception {
    for (String block : blocks("sh", "coap-client")) {
      run(block);
    }
    awaitStored("cellar", 1);
    assertThat(rows("cellar")).containsExactly("main/temperature=18.5");
  }

  @Test
  void aRepetitionOfWhatIsNotNumberedIsAnotherRow() throws Exception {
    String publish = blocks("sh", "\"vent\"").get(0).replace("greenhouse", "uncounted");
    run(publish + "\n" + publish);
    Sums sums = awaitStored("uncounted", 2);
    assertThat(sums.duplicates()).isZero();
    assertThat(sums.missing()).isZero();
  }

  @Test
  void theScriptThatCountsHasOneRowAReadingHoweverOftenItSends() throws Exception {
    Files.writeString(folder.resolve("send.py"), blocks("python", "fsync").get(0));
    String send = blocks("sh", "send.py").get(0).replace("python3", PYTHON);
    run(send);
    run(send);
    // Its acknowledgement was lost: the third reading is recorded, and sent from the same notes
    // twice.
    Path numbers = folder.resolve("numbers.json");
    String nobody = send.replaceAll("127\\.0\\.0\\.1 \\d+", "127.0.0.1 1");
    run("! " + nobody.strip());
    Files.copy(numbers, folder.resolve("before.json"), StandardCopyOption.REPLACE_EXISTING);
    run(send);
    Files.copy(folder.resolve("before.json"), numbers, StandardCopyOption.REPLACE_EXISTING);
    run(send);
    Sums sums = awaitStored("workshop", 4);
    assertThat(sums.produced()).isEqualTo(4);
    assertThat(sums.duplicates()).isZero();
  }

  @Test
  void underLostAcknowledgementsThereIsARowForEveryDeliveryThatWasAccepted() throws Exception {
    LossyDevice device =
        new LossyDevice(test.parts().mqttUrl(), "forgetful", new Random(20_261_125));
    double before = test.gatewayMetric("tidemark_gateway_readings_committed_total");
    int sent = 0;
    for (int i = 0; i < LOSSY_READINGS; i++) {
      sent += device.deliver("{\"n\":" + i + "}");
    }
    assertThat(sent).as("some were lost").isGreaterThan(LOSSY_READINGS * 3 / 2);
    long[] accepted = new long[1];
    Awaitility.await("nothing is on its way")
        .atMost(TestPipeline.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(
            () -> {
              double committed = test.gatewayMetric("tidemark_gateway_readings_committed_total");
              accepted[0] = (long) (committed - before);
              assertThat(test.gatewayMetric("tidemark_gateway_readings_pending")).isZero();
              assertThat(Sums.of(get("forgetful", "ledger").path("totals")).stored())
                  .isEqualTo(accepted[0]);
            });
    assertThat(accepted[0]).isBetween((long) LOSSY_READINGS, (long) sent);
    assertThat(rows("forgetful")).hasSize((int) accepted[0]);
    assertThat(Set.copyOf(rows("forgetful"))).as("each of them").hasSize(LOSSY_READINGS);
  }

  @Test
  void underLostAcknowledgementsNumberedReadingsAreOneRowEach() throws Exception {
    LossyDevice device = new LossyDevice(test.parts().mqttUrl(), "counting", new Random(7));
    int sent = 0;
    for (int i = 0; i < LOSSY_READINGS; i++) {
      sent +=
          device.deliver(
              "{\"epoch\":5,\"sequence\":%d,\"time\":\"2026-03-01T12:00:00Z\",\"values\":{\"n\":%d}}"
                  .formatted(i, i));
    }
    assertThat(sent).as("some were lost").isGreaterThan(LOSSY_READINGS * 3 / 2);
    Sums sums = awaitStored("counting", LOSSY_READINGS);
    assertThat(sums.produced()).isEqualTo(LOSSY_READINGS);
    assertThat(sums.redelivered()).isPositive();
    assertThat(sums.quarantined()).isZero();
    assertThat(rows("counting")).hasSize(LOSSY_READINGS);
  }

  @Test
  void whatIsRefusedIsSaidInTheWordsOfThePage() throws Exception {
    run(
        "mosquitto_pub -h 127.0.0.1 -p %s -V 5 -q 1 -d -t devices/wrong/telemetry -m '{\"t\":' > refused.txt 2>&1 || true"
            .formatted(test.parts().mqttUrl().replaceAll(".*:", "")));
    assertThat(Files.readString(folder.resolve("refused.txt"))).contains("RC:153");
    // 3.1.1 has no way to refuse: acknowledged, and kept with the reason.
    run(
        "mosquitto_pub -h 127.0.0.1 -p %s -q 1 -t devices/wrong/telemetry -m '{\"t\":'"
            .formatted(test.parts().mqttUrl().replaceAll(".*:", "")));
    Awaitility.await("it is set aside")
        .atMost(TestPipeline.LONG)
        .until(() -> quarantined().size() == 1);
    assertThat(quarantined().get(0).path("reason").asText()).isEqualTo("undecodable");
    assertThat(quarantined().get(0).path("detail").asText())
        .contains("not JSON")
        .contains("line 1");
  }

  private static JsonNode quarantined() throws Exception {
    return test.parts()
        .http()
        .get(test.parts().apiUrl() + "/api/v1/quarantine?device=wrong")
        .path("items");
  }
}
