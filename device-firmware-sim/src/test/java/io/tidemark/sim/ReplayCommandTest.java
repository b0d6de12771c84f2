package io.tidemark.sim;

import static io.tidemark.sim.Commands.execute;
import static io.tidemark.sim.Commands.largest;
import static io.tidemark.sim.Commands.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.sim.Commands.Result;
import io.tidemark.wire.Batch;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sim replay} as it is, against a real MQTT server that follows a script. */
@Timeout(120)
@NullUnmarked
class ReplayCommandTest {
  @TempDir Path folder;

  @Test
  void aMalformedFileIsRefusedBeforeAnythingIsSent() throws Exception {
    Path bad = folder.resolve("bad.csv");
    Files.writeString(bad, "timestamp,value\n2020-01-01 00:00:00,1\n2020-01-01 00:00:01,one\n");
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Result result = execute("replay", bad.toString(), "--gateway", gateway.url());
      assertThat(result.code()).isEqualTo(64);
      assertThat(result.err())
          .contains("bad.csv, line 3, column \"value\": a value is a decimal number");
      assertThat(gateway.connections()).isZero();
    }
  }

  @Test
  void replayThenVerifyThroughTheApi() throws Exception {
    Path record = folder.resolve("r");
    try (ScriptedGateway gateway = ScriptedGateway.accepting();
        FakeApi api = new FakeApi()) {
      Result result =
          execute(
              "replay",
              river().toString(),
              "--device=gauge-7",
              "--sensor=water",
              "--json",
              "--gateway",
              gateway.url(),
              "--record=" + record,
              "--batch-size=2");
      assertThat(result.code()).isZero();
      assertThat(result.json().getLong("produced")).isEqualTo(7);
      assertThat(result.json().getValue("seed")).isNull();
      assertThat(largest(gateway.accepted())).isEqualTo(2);
      Batch first =
          gateway.accepted().stream().filter(b -> b.header().count() > 0).findFirst().orElseThrow();
      assertThat(first.header().device()).isEqualTo("gauge-7");
      assertThat(first.readings().get(0).sensor()).isEqualTo("water");

      api.deliver(gateway.accepted());
      Path junit = folder.resolve("v.xml");
      Result clean =
          execute(
              "verify", "--record=" + record, "--api=" + api.url(), "--json", "--junit=" + junit);
      assertThat(clean.code()).isZero();
      assertThat(clean.json().getString("verdict")).isEqualTo("clean");
      assertThat(Files.readString(junit)).contains("gauge-7 epoch");

      api.remove(api.row("gauge-7", 4));
      Result lost = execute("verify", "--record=" + record, "--api=" + api.url(), "--settle=0s");
      assertThat(lost.code()).isEqualTo(1);
      assertThat(lost.out()).contains("lost").contains("number 4");

      api.close();
      Result unknown =
          execute(
              "verify", "--record=" + record, "--api=" + api.url(), "--json", "--junit=" + junit);
      assertThat(unknown.code()).isEqualTo(2);
      assertThat(unknown.json().getString("verdict")).isEqualTo("unknown");
      assertThat(Files.readString(junit)).contains("<error");

      // The record is complete: the same replay again sends nothing.
      Result again =
          execute(
              "replay",
              river().toString(),
              "--device=gauge-7",
              "--sensor=water",
              "--json",
              "--gateway",
              gateway.url(),
              "--record=" + record);
      assertThat(again.code()).isZero();
      assertThat(again.json().getLong("produced")).isZero();
    }
  }

  @Test
  void anyCsvIsReplayedAsTold() throws Exception {
    Path log = folder.resolve("log.csv");
    Files.writeString(
        log,
        """
        Datum;Zeit;Temp (C);Tor;Zustand;egal
        1.7.2021;08:00;21,5;true;"zu; fest";x
        1.7.2021;08:01;-;NA;;y
        1.7.2021;08:02;22,0;false;auf;z
        """);
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Result result =
          execute(
              "replay",
              log.toString(),
              "--gateway=" + gateway.url(),
              "--record=" + folder.resolve("r"),
              "--time=Datum+Zeit:d.M.yyyy HH:mm",
              "--zone=Europe/Berlin",
              "--decimal-comma",
              "--absent=-",
              "--column=Temp (C)=temperature@roof/bme280",
              "--column=Tor",
              "--column=Zustand=state:text");
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.err())
          .contains(
              "log.csv: 4 readings of log (temperature number, Tor flag, state text); 1 rows"
                  + " without a value skipped");
      List<Reading> readings =
          gateway.accepted().stream().flatMap(batch -> batch.readings().stream()).toList();
      long eight =
          java.time.Instant.parse("2021-07-01T06:00:00Z").getEpochSecond() * 1_000_000_000L;
      assertThat(readings)
          .containsExactly(
              new Reading("roof", "bme280", eight, Map.of("temperature", Value.of(21.5))),
              new Reading(
                  "main",
                  "replay",
                  eight + 1,
                  Map.of("Tor", Value.of(true), "state", Value.of("zu; fest"))),
              new Reading(
                  "roof",
                  "bme280",
                  eight + 120_000_000_002L,
                  Map.of("temperature", Value.of(22.0))),
              new Reading(
                  "main",
                  "replay",
                  eight + 120_000_000_003L,
                  Map.of("Tor", Value.of(false), "state", Value.of("auf"))));

      Result otherwise =
          execute(
              "replay",
              log.toString(),
              "--gateway=" + gateway.url(),
              "--record=" + folder.resolve("r"),
              "--time=Datum:d.M.yyyy",
              "--column=egal");
      assertThat(otherwise.code()).isEqualTo(64);
      assertThat(otherwise.err()).contains("was made with csv.absent -, but (not given) is asked");
    }
  }

  @Test
  void severalFilesAreSeveralDevices() throws Exception {
    Path other = folder.resolve("other.csv");
    Files.writeString(other, "timestamp,value\n2020-01-01 00:00:00,1");
    try (ScriptedGateway gateway = ScriptedGateway.accepting()) {
      Result named =
          execute(
              "replay",
              river().toString(),
              other.toString(),
              "--device=x",
              "--gateway",
              gateway.url(),
              "--record=" + folder.resolve("r1"));
      assertThat(named.code()).isZero();
      assertThat(numbers(gateway.accepted())).containsOnlyKeys("x-river", "x-other");
      Result same =
          execute("replay", other.toString(), other.toString(), "--gateway", gateway.url());
      assertThat(same.code()).isEqualTo(64);
      assertThat(same.err()).contains("two files would be the same device");
    }
  }

  private static Path river() throws URISyntaxException {
    return Path.of(ReplayCommandTest.class.getResource("/io/tidemark/sim/river.csv").toURI());
  }
}
