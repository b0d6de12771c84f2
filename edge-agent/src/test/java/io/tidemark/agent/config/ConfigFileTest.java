package io.tidemark.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  private static final DriverNames DRIVERS =
      new DriverNames(
          Set.of("bme280", "other"), Set.of("ds18b20"), Set.of("board"), Set.of("agent"));
  private static final String LEAST =
      """
      device: pi-roof
      gateways: [tcp://g:1883]
      sensors: [{id: roof, driver: bme280}]
      """;

  @Test
  void everyKeyIsRead() throws ConfigException {
    AgentConfig config =
        parse(
            """
            device: pi-roof
            gateways:
              - tcp://gateway-1.local:1883
              - tcp://10.0.0.2:2883
              - coap://gateway-2.local:6683
              - coap://gateway-3.local
              - coap://[fd00::1]
              - ssl://gateway-4.local:9883
              - ssl://gateway-5.local
            identity:
              dir: /data/identity
              password-file: /data/password
            journal:
              dir: /data/journal
              max-bytes: 128MiB
              max-age: 24h
              commit-interval: 250ms
            sensors:
              - id: roof
                driver: bme280
                bus: 3
                address: 0x77
                interval: 90s
              - id: cellar
                driver: other
                bus: simulated
                address: 0x10
                interval: 5m
              - id: boiler
                driver: ds18b20
                bus: 2
                address: 28-0316a2795bff
                interval: 30s
              - id: pi
                driver: board
                interval: 1m
              - id: self
                driver: agent
                interval: 2m
            """);

    assertThat(config.device()).isEqualTo("pi-roof");
    assertThat(config.gateways())
        .containsExactly(
            URI.create("tcp://gateway-1.local:1883"),
            URI.create("tcp://10.0.0.2:2883"),
            URI.create("coap://gateway-2.local:6683"),
            URI.create("coap://gateway-3.local:5683"),
            URI.create("coap://[fd00::1]:5683"),
            URI.create("ssl://gateway-4.local:9883"),
            URI.create("ssl://gateway-5.local:8883"));
    assertThat(config.isEncrypted()).isTrue();
    assertThat(config.identityDir()).isEqualTo(Path.of("/data/identity"));
    assertThat(config.passwordFile()).isEqualTo(Path.of("/data/password"));
    assertThat(config.journal())
        .isEqualTo(
            new AgentConfig.Journal(
                Path.of("/data/journal"),
                128L << 20,
                Duration.ofHours(24),
                Duration.ofMillis(250)));
    assertThat(config.sensors())
        .containsExactly(
            new AgentConfig.Sensor(
                "roof",
                "bme280",
                new AgentConfig.I2c(OptionalInt.of(3), 0x77),
                Duration.ofSeconds(90)),
            new AgentConfig.Sensor(
                "cellar",
                "other",
                new AgentConfig.I2c(OptionalInt.empty(), 0x10),
                Duration.ofMinutes(5)),
            new AgentConfig.Sensor(
                "boiler",
                "ds18b20",
                new AgentConfig.OneWire(OptionalInt.of(2), "28-0316a2795bff"),
                Duration.ofSeconds(30)),
            new AgentConfig.Sensor("pi", "board", new AgentConfig.Board(), Duration.ofMinutes(1)),
            new AgentConfig.Sensor(
                "self", "agent", new AgentConfig.Itself(), Duration.ofMinutes(2)));
  }

  @Test
  void defaultsAreWhatTheReadmeSays() throws ConfigException {
    AgentConfig config = parse(LEAST);

    assertThat(config.isEncrypted()).isFalse();
    AgentConfig secure = parse(LEAST.replace("tcp://g:1883", "coaps://g"));
    assertThat(secure.gateways()).containsExactly(URI.create("coaps://g:5684"));
    assertThat(secure.isEncrypted()).isTrue();
    assertThat(config.identityDir()).isEqualTo(Path.of("/var/lib/tidemark-agent/identity"));
    assertThat(config.passwordFile()).isNull();
    assertThat(config.journal())
        .isEqualTo(
            new AgentConfig.Journal(
                Path.of("/var/lib/tidemark-agent"),
                64L << 20,
                Duration.ofDays(30),
                Duration.ofSeconds(1)));
    assertThat(config.sensors())
        .containsExactly(
            new AgentConfig.Sensor(
                "roof",
                "bme280",
                new AgentConfig.I2c(OptionalInt.of(1), 0x76),
                Duration.ofSeconds(10)));
  }

  @Test
  void aSensorOn1WireMayBeOnAnyBus() throws ConfigException {
    AgentConfig config = parse(sensors("{id: a, driver: ds18b20, address: 28-0316a2795bff}"));

    assertThat(config.sensors())
        .containsExactly(
            new AgentConfig.Sensor(
                "a",
                "ds18b20",
                new AgentConfig.OneWire(OptionalInt.empty(), "28-0316a2795bff"),
                Duration.ofSeconds(10)));
  }

  @Test
  void allProblemsAreReportedAtOnceWithTheirLines() {
    String problem =
        problem(
            """
            device: pi roof
            gateways: [coap+tcp://g:5684, "http://g"]
            journal:
              max-bytes: 64
              max-agee: 5m
              commit-interval: 1ms
            sensors:
              - {id: roof, driver: bmp999}
              - {id: roof, driver: bme280, bus: one, address: 0x99, interval: soon}
            colour: blue
            """);

    assertThat(problem.lines())
        .containsExactly(
            "agent.yaml:1: device: must be 1 to 128 of A-Z a-z 0-9 . _ : -, but is \"pi roof\"",
            "agent.yaml:2: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT (MQTT) or coap://HOST[:PORT] (CoAP), such as"
                + " ssl://gateway.local, coaps://gateway.local, tcp://gateway.local:1883 or coap://gateway.local, but is \"coap+tcp://g:5684\"",
            "agent.yaml:2: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT (MQTT) or coap://HOST[:PORT] (CoAP), such as"
                + " ssl://gateway.local, coaps://gateway.local, tcp://gateway.local:1883 or coap://gateway.local, but is \"http://g\"",
            "agent.yaml:4: journal.max-bytes: must be a size of 64KiB to 1048576MiB with its unit (B, kB, MB, GB, KiB, MiB,"
                + " GiB), such as 64MiB, but is \"64\"",
            "agent.yaml:6: journal.commit-interval: must be a duration of 10ms to 1h, such as 250ms, 90s, 5m, 24h or 30d,"
                + " but is \"1ms\"",
            "agent.yaml:5: journal.max-agee: is not a key here; known are commit-interval, dir, max-age, max-bytes. Correct or"
                + " remove it",
            "agent.yaml:8: sensors[0].driver: must be one of agent, bme280, board, ds18b20, other, but is \"bmp999\"",
            "agent.yaml:9: sensors[1].bus: must be the number of an I2C bus (1 on a Raspberry Pi's header) or \"simulated\","
                + " but is \"one\"",
            "agent.yaml:9: sensors[1].address: must be an I2C address, 0x08 to 0x77, such as 0x76, but is \"0x99\"",
            "agent.yaml:9: sensors[1].interval: must be a duration of 20ms to 24h, such as 250ms, 90s, 5m, 24h or 30d, but"
                + " is \"soon\"",
            "agent.yaml:9: sensors[1].id: sensor ids must be unique, but roof was already given on line 8; change one",
            "agent.yaml:10: colour: is not a key here; known are device, gateways, identity, journal, sensors. Correct or remove it");
  }

  @Test
  void aPasswordIsNotSentInTheClear() {
    assertThat(problem(LEAST + "identity: {password-file: /p}\n"))
        .isEqualTo(
            "agent.yaml:4: identity.password-file: is for ssl:// gateways, and there are none: a password is not sent in the clear; name one, or leave this out");
    assertThat(
            problem(
                LEAST.replace("tcp://g:1883", "ssl://g, coaps://g")
                    + "identity: {password-file: /p}\n"))
        .isEqualTo(
            "agent.yaml:4: identity.password-file: is for ssl:// gateways alone, and coaps:// ones ask for a certificate: leave out this, or them");
  }

  @Test
  void whatIsMissingIsNamedWithAnExample() {
    assertThat(problem("journal: {}\n").lines())
        .containsExactly(
            "agent.yaml:1: device: must be given, for example \"device: pi-roof\"",
            "agent.yaml:1: gateways: must be a list of at least one, for example \"gateways: [tcp://gateway.local:1883]\"",
            "agent.yaml:1: sensors: must be a list of at least one, for example \"sensors: [{id: roof, driver: bme280}]\"");
    assertThat(problem("")).contains("device: must be given");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "device: [a, b]| agent.yaml:1: device: must be one value",
        "journal: 5| agent.yaml:1: journal: must be keys with values",
        "- a| agent.yaml:1: the file: must be keys with values",
        "device: a\\ndevice: b| agent.yaml:2: device: is given twice, first on line 1; keep one",
        "device: \"a| agent.yaml:1: the file: is not YAML",
        "? [a]\\n: b| agent.yaml:1: the file: is not YAML: Non scalar key",
        "gateways: [tcp://g]| agent.yaml:1: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT",
        "gateways: ['tcp:g']| agent.yaml:1: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT",
        "gateways: ['tcp://g:1/x']| agent.yaml:1: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT",
        "gateways: ['tcp://g:99999']| agent.yaml:1: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT",
        "gateways: ['coap://']| agent.yaml:1: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT (MQTT) or coap://HOST[:PORT]",
        "gateways: ['coap://g:0']| agent.yaml:1: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT (MQTT) or coap://HOST[:PORT]",
        "gateways: ['coap://g/x']| agent.yaml:1: gateways: must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT (MQTT) or coap://HOST[:PORT]",
        "gateways: []| agent.yaml:1: gateways: must have 1 to 16 items, but has 0",
        "sensors: [{driver: bme280}]| agent.yaml:1: sensors[0].id: must be given",
        "sensors: [{id: a/b, driver: bme280}]| agent.yaml:1: sensors[0].id: must be 1 to 64",
        "sensors: [{id: a, driver: bme280}, {id: b, driver: bme280}]| agent.yaml:1: sensors[1].address: only one sensor can be at an address of a bus, but 1 0x76 was already given on line 1; change one",
        "sensors: [{id: a, driver: bme280, bus: simulated}, {id: b, driver: bme280, bus: simulated}]| only one sensor can be at an address of a bus, but simulated 0x76",
        "sensors: [{id: a, driver: ds18b20}]| agent.yaml:1: sensors[0].address: must be given, for example \"address: 28-0316a2795bff\"",
        "sensors: [{id: a, driver: board, bus: 1}]| agent.yaml:1: sensors[0].bus: is not a key here; known are driver, id, interval.",
        "sensors: [{id: a, driver: board, address: 1}]| agent.yaml:1: sensors[0].address: is not a key here",
        "sensors: [{id: a, driver: agent, bus: 1}]| agent.yaml:1: sensors[0].bus: is not a key here; known are driver, id, interval.",
        "sensors: [{id: a, driver: bme280, pin: 4}]| agent.yaml:1: sensors[0].pin: is not a key here",
      })
  void aMistakeIsNamed(String yaml, String expected) {
    assertThat(problem(yaml.replace("\\n", "\n"))).contains(expected);
  }

  @Test
  void twoSensorsOfOneAddressOnDifferentBusesAreFine() throws ConfigException {
    AgentConfig config =
        parse(
            """
            device: d
            gateways: [tcp://g:1]
            sensors: [{id: a, driver: bme280, bus: 1}, {id: b, driver: bme280, bus: 0}, {id: c, driver: bme280, bus: simulated}]
            """);
    assertThat(config.sensors()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "28-0316a2795bf", // a digit too few
        "28-0316a2795bff0",
        "28-0316A2795BFF", // the kernel's names are lower case
        "10-0316a2795bff", // a DS18S20
        "28:0316a2795bff",
        "280316a2795bff",
        "0x76"
      })
  void whatIsNo1WireIdIsNamed(String address) {
    assertThat(problem(sensors("{id: a, driver: ds18b20, address: '" + address + "'}")))
        .isEqualTo(
            "agent.yaml:3: sensors[0].address: must be the name of a DS18B20 in /sys/bus/w1/devices, 28- and 12 of 0-9 a-f, such"
                + " as 28-0316a2795bff, but is \""
                + address
                + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "256", "simulated", "w1_bus_master1"})
  void whatIsNo1WireBusIsNamed(String bus) {
    assertThat(
            problem(
                sensors("{id: a, driver: ds18b20, bus: " + bus + ", address: 28-0316a2795bff}")))
        .isEqualTo(
            "agent.yaml:3: sensors[0].bus: must be the number of a 1-Wire bus (1 for w1_bus_master1) or left out, which finds the"
                + " sensor on any, but is \""
                + bus
                + "\"");
  }

  @Test
  void ofAnUnknownDriverOnlyTheNameIsAMistake() {
    assertThat(
            problem(
                sensors(
                    "{id: a, driver: ds18s20, bus: 1, address: 10-0316a2795bff}",
                    "{id: b, driver: ds18s20, address: 10-0316a2795bff}")))
        .hasLineCount(2)
        .contains("sensors[0].driver: must be one of", "sensors[1].driver: must be one of");
  }

  @Test
  void aSensorOn1WireIsOnlyOneSensorOnWhicheverBus() {
    assertThat(
            problem(
                sensors(
                    "{id: a, driver: ds18b20, address: 28-0316a2795bff}",
                    "{id: b, driver: ds18b20, address: 28-0316a2795bfe}",
                    "{id: c, driver: ds18b20, bus: 1, address: 28-0316a2795bff}")))
        .isEqualTo(
            "agent.yaml:3: sensors[2].address: only one sensor can have a 1-Wire id, but 28-0316a2795bff was already given on"
                + " line 3; change one");
  }

  @Test
  void theBoardIsOnlyOneSensor() {
    assertThat(problem(sensors("{id: a, driver: board}", "{id: b, driver: board}")))
        .isEqualTo(
            "agent.yaml:3: sensors[1].driver: only one sensor can be the board, but board was already given on line 3; change"
                + " one");
    assertThat(problem(sensors("{id: a, driver: agent}", "{id: b, driver: agent}")))
        .contains("only one sensor can be the agent, but agent was already given on line 3");
  }

  @Test
  void aMissingFileIsNotAMistakeInIt() {
    assertThatThrownBy(() -> ConfigFile.read(Path.of("/nowhere/agent.yaml"), DRIVERS))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.isUnreadable()).isTrue())
        .hasMessageContaining("/nowhere/agent.yaml: cannot be read");
  }

  @ParameterizedTest
  @CsvSource({"250ms,PT0.25S", "90s,PT1M30S", "5m,PT5M", "24h,PT24H", "30d,PT720H"})
  void durations(String text, Duration expected) {
    assertThat(Units.duration(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1B,1",
    "2kB,2000",
    "3MB,3000000",
    "1GB,1000000000",
    "2KiB,2048",
    "64MiB,67108864",
    "1GiB,1073741824"
  })
  void sizes(String text, long expected) {
    assertThat(Units.bytes(text)).isEqualTo(expected);
  }

  @Test
  void whatIsNoUnitIsNull() {
    for (String text : List.of("", "s", "5", "5x", "-5s", "1.5h", "999999999999999d5")) {
      assertThat(Units.duration(text)).as(text).isNull();
      assertThat(Units.bytes(text)).as(text).isNull();
    }
    assertThat(Units.bytes("999999999999999GiB")).isNull();
  }

  private static String sensors(String... sensors) {
    return """
        device: d
        gateways: [tcp://g:1]
        sensors: [%s]
        """
        .formatted(String.join(", ", sensors));
  }

  private static AgentConfig parse(String yaml) throws ConfigException {
    return ConfigFile.parse(yaml, "agent.yaml", DRIVERS);
  }

  private static String problem(String yaml) {
    ConfigException problem = catchThrowableOfType(ConfigException.class, () -> parse(yaml));
    assertThat(problem).as("a problem").isNotNull();
    return String.valueOf(problem.getMessage());
  }
}
