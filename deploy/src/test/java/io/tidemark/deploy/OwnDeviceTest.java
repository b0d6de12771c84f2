package io.tidemark.deploy;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.ChildProcess;
import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every command of the page "Connect your own device" does what the page says. */
class OwnDeviceTest {
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);
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

  private static void run(String script) throws InterruptedException {
    ChildProcess shell =
        new ChildProcess(
            "command-" + commands++,
            folder,
            Map.of(),
            List.of("/bin/bash", "-ec", "cd '" + folder + "'\n" + script));
    shell.start();
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
    return test.parts()
        .http()
        .get(test.parts().apiUrl() + "/api/v1/devices/" + device + "/" + what);
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
      run(block);
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
