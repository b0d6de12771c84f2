package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.demo.Sums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Recorded series, and what devices send in every payload, end as exactly their rows; and a row
 * that goes missing afterwards is named.
 */
class ReplayTest {
  /** The number of the row that goes missing. */
  private static final long VICTIM = 17;

  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  @Test
  void everySeriesEndsWithItsNumberOfRowsAndAMissingOneIsNamed() throws Exception {
    try (TestPipeline test = TestPipeline.started("replay")) {
      Map<String, Path> series = series(test.parts().data());
      long expected = 0;
      for (Map.Entry<String, Path> one : series.entrySet()) {
        long rows = dataRows(one.getValue());
        replay(test, one.getKey(), one.getValue());
        expected += rows;
        Sums sums = test.awaitSettled(expected);
        assertThat(sums.stored()).as("stored after " + one.getKey()).isEqualTo(expected);
        assertThat(countRows(test, one.getKey())).as("rows of " + one.getKey()).isEqualTo(rows);
        assertThat(test.verify(one.getKey()).exitCode()).as("verify " + one.getKey()).isZero();
      }
      expected += payloads(test, expected);
      String victim = series.keySet().iterator().next();
      removeRows(
          test, Map.of(victim, "replay", "json-00003", "weather", "senml-00002", "telemetry"));

      assertNamed(test, victim, victim);
      assertNamed(test, "payloads", "json-00003", "senml-00002");
      for (String other : series.keySet()) {
        if (!other.equals(victim)) {
          assertThat(test.verify(other).exitCode()).as("verify " + other).isZero();
        }
      }
      assertRebuildFindsThem(test, expected - 3, 3);
    }
  }

  private static void replay(TestPipeline test, String device, Path file) throws Exception {
    TestPipeline.Finished replay =
        test.sim(
            "replay-" + device,
            "replay",
            file.toString(),
            "--device",
            device,
            "--sensor",
            "series",
            "--speed",
            "max",
            "--gateway",
            test.parts().mqttUrl(),
            "--record",
            test.parts().data().resolve(device).toString());
    assertThat(replay.exitCode()).as(replay.log()).isZero();
  }

  /** Devices of every payload, each over MQTT 5, CoAP, MQTT 3.1.1; returns how many readings. */
  private static long payloads(TestPipeline test, long before) throws Exception {
    Path scenario =
        Files.writeString(
            test.parts().data().resolve("payloads.yaml"),
            """
            for: 1s
            groups:
              - {class: weather-station, count: 4, rate: 40, batch-size: 8, prefix: batch-}
              - {class: weather-station, count: 4, rate: 40, batch-size: 8, prefix: json-, payload: json}
              - {class: power-meter, count: 4, rate: 40, batch-size: 8, prefix: senml-, payload: senml}
              - {class: gps-tracker, count: 4, rate: 40, batch-size: 8, prefix: cbor-, payload: senml-cbor}
            """);
    TestPipeline.Finished run =
        test.sim(
            "payloads",
            "run",
            "--gateway",
            test.parts().mqttUrl(),
            "--gateway",
            test.parts().coapUrl(),
            "--mqtt",
            "mixed",
            "--record",
            test.parts().data().resolve("payloads").toString(),
            "--api",
            test.parts().apiUrl(),
            "--json",
            scenario.toString());
    assertThat(run.exitCode()).as(run.output() + run.log()).isZero();
    JsonNode verdict = run.json().path("verify");
    long readings = 16 * 40;
    assertThat(verdict.path("stored").asLong()).isEqualTo(readings);
    assertThat(verdict.path("quarantined").asLong()).isZero();
    test.awaitSettled(before + readings);
    return readings;
  }

  /**
   * Removes the {@link #VICTIM} of devices.
   *
   * @param kinds by device, the kind of the row
   */
  private static void removeRows(TestPipeline test, Map<String, String> kinds) throws Exception {
    test.parts().ingest().terminate();
    assertThat(test.parts().ingest().waitFor(TestPipeline.LONG)).isTrue();
    for (Map.Entry<String, String> one : kinds.entrySet()) {
      Path data = test.parts().data().resolve("ingest");
      StoreSurgery.removeRow(data, one.getValue(), one.getKey(), VICTIM);
    }
    test.parts().startIngest();
  }

  /**
   * @param lost the names of devices whose {@link #VICTIM} is gone. Over one connection a gateway
   *     gives the numbers that the device has too.
   */
  private static void assertNamed(TestPipeline test, String record, String... lost)
      throws Exception {
    TestPipeline.Finished verify =
        test.sim(
            "verify-after-" + record,
            "verify",
            "--record",
            test.parts().data().resolve(record).toString(),
            "--api",
            test.parts().apiUrl(),
            "--settle", // nothing is on its way any more
            "1s",
            "--json");
    assertThat(verify.exitCode()).as(verify.output() + verify.log()).isEqualTo(1);
    JsonNode verdict = verify.json();
    assertThat(verdict.path("verdict").asText()).isEqualTo("unclean");
    assertThat(verdict.path("problems"))
        .as(verdict.toString())
        .extracting(problem -> problem.path("device").asText())
        .containsExactly(lost);
    for (JsonNode problem : verdict.path("problems")) {
      assertThat(problem.path("kind").asText()).isEqualTo("lost");
      assertThat(problem.path("sequence").asLong()).isEqualTo(VICTIM);
      assertThat(problem.path("epoch").asLong()).isPositive();
    }
  }

  /** The ledger still believed the rows to be there; what is there corrects it, once. */
  private static void assertRebuildFindsThem(TestPipeline test, long stored, long missing)
      throws Exception {
    assertThat(Launcher.run("ledger", "show", "--api", test.parts().apiUrl()).exitCode()).isZero();
    Launcher.Run first =
        Launcher.run("ledger", "rebuild", "--api", test.parts().apiUrl(), "--json");
    assertThat(first.exitCode()).as(first.err()).isEqualTo(1);
    assertThat(first.out()).contains("\"agreed\":false");
    Launcher.Run second = Launcher.run("ledger", "rebuild", "--api", test.parts().apiUrl());
    assertThat(second.exitCode()).as(second.err()).isZero();
    assertThat(second.out()).contains("agree");

    Sums sums = test.ledger();
    assertThat(sums.stored()).isEqualTo(stored);
    assertThat(sums.missing()).isEqualTo(missing);
    Launcher.Run show = Launcher.run("ledger", "show", "--api", test.parts().apiUrl());
    assertThat(show.exitCode()).isEqualTo(1);
    assertThat(show.out()).contains("Missing: " + missing + ".");
  }

  private static long countRows(TestPipeline test, String device) throws Exception {
    long rows = 0;
    String cursor = "";
    do {
      JsonNode page =
          test.parts()
              .http()
              .get(
                  test.parts().apiUrl()
                      + "/api/v1/devices/"
                      + device
                      + "/readings?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=1000"
                      + cursor);
      rows += page.path("items").size();
      cursor = page.path("next").isTextual() ? "&cursor=" + page.path("next").asText() : "";
    } while (!cursor.isEmpty());
    return rows;
  }

  /**
   * Real series where there are some, and always two of our own, with what is difficult about the
   * real ones.
   */
  private static Map<String, Path> series(Path folder) throws IOException {
    Map<String, Path> series = new LinkedHashMap<>();
    series.put("made-steady", write(folder.resolve("steady.csv"), steady()));
    series.put("made-crowded", write(folder.resolve("crowded.csv"), crowded()));
    String datasets = System.getenv("TIDEMARK_DATASETS");
    if (datasets != null) {
      try (Stream<Path> files = Files.walk(Path.of(datasets))) {
        for (Path file : files.filter(file -> file.toString().endsWith(".csv")).sorted().toList()) {
          String name = file.getFileName().toString().replace(".csv", "");
          series.put(name, file);
        }
      }
    }
    return series;
  }

  private static List<String> steady() {
    Random random = new Random(1);
    List<String> lines = new ArrayList<>(List.of("timestamp,value"));
    LocalDateTime time = LocalDateTime.of(2014, 1, 1, 0, 0);
    for (int i = 0; i < 5_000; i++) {
      double value = 70 + 5 * Math.sin(i / 24.0 * Math.PI) + random.nextGaussian();
      lines.add(TIMESTAMP.format(time.plusHours(i)) + "," + value);
    }
    return lines;
  }

  /**
   * Several rows at one time, and rows out of order; numbers, flags and texts, quoted where they
   * must be, and some of them absent.
   */
  private static List<String> crowded() {
    Random random = new Random(2);
    List<String> lines = new ArrayList<>(List.of("time;level;open;state"));
    LocalDateTime time = LocalDateTime.of(2015, 6, 1, 12, 0);
    for (int i = 0; i < 2_000; i++) {
      lines.add(
          TIMESTAMP.format(time.plusMinutes(random.nextInt(500)))
              + (i % 7 == 3
                  ? ";NA"
                  : String.format(Locale.ROOT, ";%.2f", random.nextDouble() * 100))
              + (i % 2 == 0 ? ";true" : ";false")
              + (i % 5 == 1 ? ";" : ";\"valve \"\"" + i % 4 + "\"\"; set\""));
    }
    return lines;
  }

  /** Without a newline at the end. */
  private static Path write(Path file, List<String> lines) throws IOException {
    return Files.writeString(file, String.join("\n", lines));
  }

  private static long dataRows(Path file) throws IOException {
    return Files.readAllLines(file).stream().filter(line -> !line.isBlank()).count() - 1;
  }
}
