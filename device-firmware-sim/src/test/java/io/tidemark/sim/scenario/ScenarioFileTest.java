package io.tidemark.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tidemark.sim.payload.Payload;
import io.tidemark.sim.payload.Payloads;
import io.tidemark.sim.relay.FaultSyntax;
import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.rogue.RogueKind;
import io.tidemark.sim.source.DeviceClass;
import io.tidemark.sim.source.DeviceFault;
import io.tidemark.sim.source.DeviceGroup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

@NullUnmarked
class ScenarioFileTest {
  private static final Payload SENML = Payloads.of("senml").orElseThrow();

  @TempDir Path folder;

  /** In the rows' YAML, a / is the end of a line. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "sed: 7/groups: [{class: soil-probe, count: 1}]"
            + "| 1: \"sed\" is no key here (did you mean seed?); there are name, description, seed, for, start, ramp-up, groups, link-faults, device-faults, rogues",
        "colour: red/groups: [{class: soil-probe, count: 1}]"
            + "| 1: \"colour\" is no key here; there are name, description, seed, for, start, ramp-up, groups, link-faults, device-faults, rogues",
        "groups:/  - class: soil-probe/    count: 1/    batchsize: 5| 4: \"batchsize\" is no key here (did you mean batch-size?); there are class, count, rate, batch-size, batch-interval, prefix, payload",
        "groups: [{class: power-metre, count: 1}]"
            + "| 1: class must be one of weather-station, cold-chain, vibration, power-meter, gps-tracker, soil-probe, but is \"power-metre\" (did you mean power-meter?)",
        "groups:/  - count: 1 | 2: class is missing; add one, such as \"class: power-meter\"",
        "groups:/  - class: soil-probe | 2: count is missing; add one, such as \"count: 10\"",
        "name: x/# no groups | 1: groups must be a list of 1 to 100, each item beginning with \"- class: VALUE\"",
        "name: x/groups: [] | 2: groups must be a list of 1 to 100, each item beginning with \"- class: VALUE\"",
        "name: x/groups: 5 | 2: groups must be a list of 1 to 100, each item beginning with \"- class: VALUE\"",
        "groups:/  - soil-probe | 2: here must be keys with values, such as \"class: VALUE\"",
        "just words | 1: here must be keys with values, such as \"name: VALUE\"",
        "name: x/seed: many/groups: [{class: soil-probe, count: 1}]"
            + "| 2: seed must be a whole number from -9223372036854775808 to 9223372036854775807, but is \"many\"",
        "seed: 1/seed: 2/groups: [{class: soil-probe, count: 1}] | 2: seed is given twice, first on line 1; keep one",
        "seed: [1]/groups: [{class: soil-probe, count: 1}] | 1: seed must be one value, but is a list or has keys of its own",
        "for: 5 minutes/groups: [{class: soil-probe, count: 1}]"
            + "| 1: for must be a duration like 500ms, 90s, 5m or 24h, at most 8760h, but is \"5 minutes\"",
        "ramp-up: 25h/groups: [{class: soil-probe, count: 1}]"
            + "| 1: ramp-up must be a duration like 500ms, 90s, 5m or 24h, at most 24h, but is \"25h\"",
        "start: tomorrow/groups: [{class: soil-probe, count: 1}]"
            + "| 1: start must be a time in UTC like 2026-01-31T12:00:00Z, but is \"tomorrow\"",
        "name: \"\"/groups: [{class: soil-probe, count: 1}] | 1: name must be 1 to 64 characters, but is \"\"",
        "groups:/  - {class: soil-probe, count: 0} | 2: count must be a whole number from 1 to 100000, but is \"0\"",
        "groups:/  - {class: soil-probe, count: 1, rate: NaN}"
            + "| 2: rate must be readings per second of each device, 0.0001 to 10000, but is \"NaN\"",
        "groups:/  - {class: soil-probe, count: 1, rate: fast}"
            + "| 2: rate must be readings per second of each device, 0.0001 to 10000, but is \"fast\"",
        "groups:/  - {class: soil-probe, count: 1, batch-size: 1001}"
            + "| 2: batch-size must be a whole number from 1 to 1000, but is \"1001\"",
        "groups:/  - {class: soil-probe, count: 1, batch-interval: 90000s}"
            + "| 2: batch-interval must be a duration like 500ms, 90s, 5m or 24h, at most 24h, but is \"90000s\"",
        "groups:/  - {class: soil-probe, count: 1, prefix: a b}"
            + "| 2: prefix must be at most 122 of A-Z a-z 0-9 . _ : -, but is \"a b\"",
        "groups:/  - {class: soil-probe, count: 1, payload: cbor}"
            + "| 2: payload must be one of batch, json, senml, senml-cbor, but is \"cbor\"",
        "groups:/  - {class: soil-probe, count: 1, payload: senml-cbor, rate: 1001}"
            + "| 2: rate must be at most 1000 per second where payload is senml-cbor, so that no two readings are of one millisecond, but is \"1001.0\"",
        "groups:/  - {class: soil-probe, count: 1, payload: json, batch-size: 201}"
            + "| 2: batch-size must be at most 200 where payload is json, but is \"201\"",
        "groups:/  - {class: soil-probe, count: 1}/  - {class: gps-tracker, count: 1}/  - {class: soil-probe, count: 2}"
            + "| 4: the devices would be called soil-00001, ... as those of line 2; give this group a prefix of its own",
        "name: x/groups:/  - {class: soil-probe, count: 60000}/  - {class: gps-tracker, count: 60000}"
            + "| 2: there must be at most 100000 devices in all, but the counts add up to 120000",
        "groups: [{class: soil-probe, count: 1}]/rogues: flood"
            + "| 2: rogues must be a list of 1 to 20, each item beginning with \"- kind: VALUE\"",
        "groups: [{class: soil-probe, count: 1}]/rogues:/  - count: 3 | 3: kind is missing; add one, such as \"kind: malformed\"",
        "groups: [{class: soil-probe, count: 1}]/rogues:/  - kind: overzised"
            + "| 3: kind must be one of malformed, oversized, wrong-topic, slow-reader, flood, but is \"overzised\" (did you mean oversized?)",
        "groups: [{class: soil-probe, count: 1}]/rogues:/  - kind: flood/    count: 101"
            + "| 4: count must be a whole number from 1 to 100, but is \"101\"",
        "groups: [{class: soil-probe, count: 1}]/rogues:/  - {kind: flood, every: 9ms} | 3: every must be 10ms or longer, but is \"9ms\"",
        "groups: [{class: soil-probe, count: 1}]/rogues:/  - {kind: flood, every: 10ms, count: 11}"
            + "| 2: rogues may act 1000 times a second in all, but these would 1100 times: take fewer, or let them act less often",
        "name: x/groups: [ | 3: this is not YAML: expected the node content, but found '<stream end>'",
        "groups: [{class: soil-probe, count: 1}]/device-faults:/  - stampede/  - flood at 1m"
            + "| 4: device fault 'flood at 1m': there is no 'flood', only reboot, brown-out, new-card, clock ahead D, clock behind D, clock drift Nppm, clock 1970, stampede, repeat P%, reorder P%",
        "# nothing | 1: the file is empty; `sim scenarios smoke` prints one to begin from",
      })
  void whatIsWrongIsSaidWithItsLine(String yaml, String problem) {
    assertThatThrownBy(() -> parse(yaml.replace('/', '\n') + "\n"))
        .isInstanceOf(ScenarioException.class)
        .hasMessage("f.yaml:" + problem);
  }

  @Test
  void allThatIsWrongIsSaidAtOnce() {
    Throwable failure =
        catchThrowable(() -> parse("sed: 1\nfor: x\ngroups:\n  - class: soil\n    count: many\n"));
    assertThat(failure.getMessage().lines())
        .hasSize(4)
        .extracting(line -> line.substring(0, 9))
        .containsExactly("f.yaml:1:", "f.yaml:2:", "f.yaml:4:", "f.yaml:5:");
  }

  @Test
  void everyKeyIsRead() throws Exception {
    Scenario scenario =
        parse(
            """
            name: nights
            description: two kinds
            seed: -5
            for: 90s
            start: 2026-01-01T00:00:00Z
            ramp-up: 500ms
            groups:
              - class: gps-tracker
                count: 3
                rate: 0.25
                batch-size: 7
                batch-interval: 1m
                prefix: "truck:"
                payload: senml
              - {class: power-meter, count: 2}
            link-faults:
              - cut for 4s randomly every 30s
              - latency 40ms jitter 40ms
            device-faults:
              - reboot for 30s   randomly every 5m on 10%
              - stampede at 1m
            rogues:
              - {kind: flood, count: 3, every: 2s}
              - kind: wrong-topic
            """);
    assertThat(scenario)
        .isEqualTo(
            new Scenario(
                "nights",
                "two kinds",
                -5L,
                Instant.parse("2026-01-01T00:00:00Z"),
                Duration.ofSeconds(90),
                Duration.ofMillis(500),
                List.of(
                    new DeviceGroup(
                        DeviceClass.GPS_TRACKER,
                        3,
                        "truck:",
                        0.25,
                        7,
                        Duration.ofMinutes(1),
                        SENML),
                    new DeviceGroup(
                        DeviceClass.POWER_METER, 2, "meter-", 1, 10, Duration.ofSeconds(10))),
                List.of(
                    FaultSyntax.parse("cut for 4s randomly every 30s"),
                    FaultSyntax.parse("latency 40ms jitter 40ms")),
                List.of(
                    DeviceFault.parse("reboot for 30s randomly every 5m on 10%"),
                    DeviceFault.parse("stampede at 1m")),
                List.of(
                    new RogueGroup(RogueKind.FLOOD, 3, Duration.ofSeconds(2)),
                    new RogueGroup(RogueKind.WRONG_TOPIC, 1, Duration.ofSeconds(5)))));
  }

  @Test
  void aFaultThatIsNoneIsRefusedOnItsLine() {
    String groups = "groups: [{class: cold-chain, count: 1}]\n";
    assertThatThrownBy(() -> parse(groups + "link-faults:\n  - cut for 1s\n  - cutt\n"))
        .hasMessageStartingWith("f.yaml:4: fault 'cutt': there is no 'cutt', only cut, ");
    for (String list : List.of("cut", "[]", "[[cut]]", "[{cut: 1s}]")) {
      assertThatThrownBy(() -> parse(groups + "link-faults: " + list))
          .hasMessage(
              "f.yaml:2: link-faults must be a list of 1 to 100 texts, such as \"- cut for 5s every 1m\"");
    }
  }

  @Test
  void onlyGroupsAreNeeded() throws Exception {
    Scenario scenario = parse("groups: [{class: cold-chain, count: 1}]");
    assertThat(scenario.name()).isEqualTo("f.yaml");
    assertThat(scenario.seed()).isNull();
    assertThat(scenario.start()).isNull();
    assertThat(scenario.length()).isNull();
    assertThat(scenario.rampUp()).isNull();
  }

  @Test
  void aFileThatIsNoTextOrTooLargeIsRefused() throws Exception {
    Path file = folder.resolve("s.yaml");
    Files.write(file, new byte[] {(byte) 0xC3, (byte) 0x28});
    assertThatThrownBy(() -> Scenarios.find(file.toString()))
        .hasMessage(file + ":1: a scenario must be UTF-8 text");
    Files.writeString(file, "#".repeat(262_145));
    assertThatThrownBy(() -> Scenarios.find(file.toString()))
        .hasMessage(file + ":1: a scenario has at most 262144 bytes");
    Files.writeString(file, "groups: " + "[".repeat(200_000));
    assertThatThrownBy(() -> Scenarios.find(file.toString()))
        .isInstanceOf(ScenarioException.class)
        .hasMessageStartingWith(file + ":1: this is nested too deeply for a scenario");
    Files.write(file, "groups: [{class: soil-probe, count: 2}]".getBytes(StandardCharsets.UTF_8));
    assertThat(Scenarios.find(file.toString()).devices()).isEqualTo(2);
  }

  @Test
  void aNameThatIsNeitherFileNorBuiltInIsRefused() {
    assertThatThrownBy(() -> Scenarios.find("smok"))
        .hasMessage(
            "there is no scenario \"smok\" (did you mean smoke?): it must be the path of a file, or one of those built in: smoke, mixed-fleet, rough-day, ten-thousand");
    assertThatThrownBy(() -> Scenarios.find(folder.toString()))
        .hasMessageContaining("it must be the path of a file");
    assertThatThrownBy(() -> Scenarios.find("a\0b")).isInstanceOf(ScenarioException.class);
  }

  @SuppressWarnings("unused")
  private static final List<String> BUILT_IN = Scenarios.BUILT_IN;

  @ParameterizedTest
  @FieldSource("BUILT_IN")
  void whatIsBuiltInIsValid(String name) throws Exception {
    Scenario scenario = Scenarios.find(name);
    assertThat(scenario.name()).isEqualTo(name);
    assertThat(scenario.description()).isNotBlank();
    assertThat(scenario.length()).isNotNull();
    assertThat(ScenarioFile.parse("again", Scenarios.yaml(name))).isEqualTo(scenario);
  }

  @Test
  void whatIsBuiltInIsWhatItSays() throws Exception {
    for (String name : List.of("smoke", "mixed-fleet")) {
      assertThat(Scenarios.find(name).groups())
          .extracting(DeviceGroup::deviceClass)
          .containsExactlyInAnyOrder(DeviceClass.values());
    }
    Scenario many = Scenarios.find("ten-thousand");
    assertThat(many.devices()).isEqualTo(10_000);
    DeviceGroup group = many.groups().get(0);
    assertThat(group.rate() / group.batchReadings()).isEqualTo(0.1);
  }

  @Test
  void aScenarioOfOtherSizeKeepsItsShares() throws Exception {
    Scenario fleet = Scenarios.find("mixed-fleet"); // 150 200 100 60 40 50
    assertThat(fleet.ofDevices(60).groups())
        .extracting(DeviceGroup::count)
        .containsExactly(15, 20, 10, 6, 4, 5);
    assertThat(fleet.ofDevices(6).groups()).extracting(DeviceGroup::count).containsOnly(1);
    for (int total : new int[] {6, 7, 11, 599, 601, 100_000}) {
      assertThat(fleet.ofDevices(total).devices()).isEqualTo(total);
    }
    assertThatThrownBy(() -> fleet.ofDevices(5))
        .hasMessage("--devices must be 6 (one for each group of mixed-fleet) to 100000, but is 5");
  }

  private static Scenario parse(String yaml) throws ScenarioException {
    return ScenarioFile.parse("f.yaml", yaml);
  }
}
