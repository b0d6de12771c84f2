package io.tidemark.agent.config;

import io.tidemark.agent.config.YamlMap.Problems;
import io.tidemark.agent.config.YamlMap.Text;
import io.tidemark.wire.Names;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads {@code agent.yaml}. Every problem is reported, not only the first: with file, line, key,
 * the rule, and what to do.
 */
public final class ConfigFile {
  private static final long FILE_MAX_BYTES = 1 << 20;
  private static final int GATEWAYS_MAX = 16;
  private static final int COAP_PORT_DEFAULT = 5683; // RFC 7252, 12.6
  private static final int COAP_DTLS_PORT_DEFAULT = 5684; // RFC 7252, 12.7
  private static final int MQTT_TLS_PORT_DEFAULT = 8883; // as registered with IANA: secure-mqtt
  private static final int SENSORS_MAX = 64;
  private static final long JOURNAL_MIN_BYTES = 64L << 10;
  private static final long JOURNAL_MAX_BYTES = 1L << 40;
  private static final Duration AGE_MIN = Duration.ofSeconds(1);
  private static final Duration AGE_MAX = Duration.ofDays(3650);
  private static final Duration COMMIT_MIN = Duration.ofMillis(10);
  private static final Duration COMMIT_MAX = Duration.ofHours(1);
  private static final Duration INTERVAL_MIN = Duration.ofMillis(20);
  private static final Duration INTERVAL_MAX = Duration.ofHours(24);
  private static final int BUS_MAX = 255;
  private static final String SIMULATED = "simulated";
  private static final Set<String> SCHEMES = Set.of("ssl", "coaps", "tcp", "coap");

  /** Family 28, the DS18B20's, and a serial number, as in the names the kernel gives them. */
  private static final Pattern ONE_WIRE_ID = Pattern.compile("28-[0-9a-f]{12}");

  private static final String ONE_WIRE_EXAMPLE = "28-0316a2795bff";

  /** Stands in where a sensor's place is not known; an empty id is at no other's place. */
  private static final AgentConfig.Place NOWHERE = new AgentConfig.OneWire(OptionalInt.empty(), "");

  private final Problems problems;
  private final DriverNames drivers;

  private ConfigFile(String file, DriverNames drivers) {
    this.problems = new Problems(file);
    this.drivers = drivers;
  }

  /**
   * Reads and checks {@code file}.
   *
   * @param drivers the names of the drivers there are
   * @throws ConfigException with all that is wrong
   */
  public static AgentConfig read(Path file, DriverNames drivers) throws ConfigException {
    String text;
    try {
      if (Files.size(file) > FILE_MAX_BYTES) {
        throw new ConfigException(
            List.of(
                "%s: is larger than %d bytes; that is no agent.yaml"
                    .formatted(file, FILE_MAX_BYTES)),
            true);
      }
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ConfigException(List.of(file + ": is not UTF-8 text"), true);
    } catch (IOException e) {
      throw new ConfigException(
          List.of(
              "%s: cannot be read (%s). Give its path with --config FILE or TIDEMARK_AGENT_CONFIG"
                  .formatted(file, e)),
          true);
    }
    return parse(text, file.toString(), drivers);
  }

  static AgentConfig parse(String text, String file, DriverNames drivers) throws ConfigException {
    ConfigFile reader = new ConfigFile(file, drivers);
    AgentConfig config = reader.config(reader.compose(text));
    if (!reader.problems.lines().isEmpty()) {
      throw new ConfigException(reader.problems.lines(), false);
    }
    return config;
  }

  private @Nullable Node compose(String text) throws ConfigException {
    try {
      return new Compose(LoadSettings.builder().setLabel(problems.file()).build())
          .composeString(text)
          .orElse(null);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      problems.add(
          line, "the file", "is not YAML: %s %s".formatted(e.getContext(), e.getProblem()).trim());
    } catch (YamlEngineException e) {
      problems.add(1, "the file", "is not YAML: " + e.getMessage());
    }
    throw new ConfigException(problems.lines(), false);
  }

  private AgentConfig config(@Nullable Node root) {
    YamlMap map = YamlMap.of(root, "", 1, problems);
    String device = device(map.required("device", "pi-roof"));
    List<URI> gateways = new ArrayList<>();
    for (Node item :
        map.list("gateways", GATEWAYS_MAX, "\"gateways: [tcp://gateway.local:1883]\"")) {
      URI gateway = gateway(map.scalar(item, "gateways"));
      if (gateway != null) {
        gateways.add(gateway);
      }
    }
    AgentConfig.Journal journal = journal(map.map("journal"));
    YamlMap identity = map.map("identity");
    Path identityDir = dir(identity, journal.dir().resolve("identity"));
    Path passwordFile = passwordFile(identity.text("password-file"), gateways);
    identity.refuseUnknownKeys();
    List<AgentConfig.Sensor> sensors = sensors(map);
    map.refuseUnknownKeys();
    return new AgentConfig(device, gateways, identityDir, passwordFile, journal, sensors);
  }

  private String device(@Nullable Text text) {
    if (text == null) {
      return "";
    }
    if (!Names.isDevice(text.value())) {
      problems.add(
          text.line(),
          text.key(),
          "must be 1 to 128 of A-Z a-z 0-9 . _ : -, but is \"%s\"".formatted(text.value()));
    }
    return text.value();
  }

  private @Nullable URI gateway(@Nullable Text text) {
    if (text == null) {
      return null;
    }
    URI uri;
    try {
      uri = new URI(text.value());
    } catch (URISyntaxException e) {
      problems.add(text.line(), text.key(), gatewayRule(text));
      return null;
    }
    boolean plain =
        "".equals(uri.getRawPath())
            && uri.getRawQuery() == null
            && uri.getRawFragment() == null
            && uri.getUserInfo() == null;
    String scheme = String.valueOf(uri.getScheme());
    int port = uri.getPort() < 0 ? usualPort(scheme) : uri.getPort();
    if (!SCHEMES.contains(scheme) || uri.getHost() == null || !isPort(port) || !plain) {
      problems.add(text.line(), text.key(), gatewayRule(text));
      return null;
    }
    return URI.create(scheme + "://" + uri.getHost() + ":" + port);
  }

  /** Of MQTT in the clear it has to be said. */
  private static int usualPort(String scheme) {
    return switch (scheme) {
      case "coap" -> COAP_PORT_DEFAULT;
      case "coaps" -> COAP_DTLS_PORT_DEFAULT;
      case "ssl" -> MQTT_TLS_PORT_DEFAULT;
      default -> -1;
    };
  }

  private static boolean isPort(int port) {
    return port >= 1 && port <= 65_535;
  }

  private static String gatewayRule(Text text) {
    return "must be ssl://HOST[:PORT] (MQTT over TLS), coaps://HOST[:PORT] (CoAP over DTLS), tcp://HOST:PORT (MQTT) or coap://HOST[:PORT] (CoAP), such as ssl://gateway.local, coaps://gateway.local, tcp://gateway.local:1883 or coap://gateway.local, but is \"%s\""
        .formatted(text.value());
  }

  /** Never sent in the clear. */
  private @Nullable Path passwordFile(@Nullable Text text, List<URI> gateways) {
    if (text == null) {
      return null;
    }
    if (gateways.stream().noneMatch(gateway -> "ssl".equals(gateway.getScheme()))) {
      problems.add(
          text.line(),
          text.key(),
          "is for ssl:// gateways, and there are none: a password is not sent in the clear; name one, or leave this out");
    }
    if (gateways.stream().anyMatch(gateway -> "coaps".equals(gateway.getScheme()))) {
      problems.add(
          text.line(),
          text.key(),
          "is for ssl:// gateways alone, and coaps:// ones ask for a certificate: leave out this, or them");
    }
    try {
      return Path.of(text.value());
    } catch (InvalidPathException e) {
      problems.add(
          text.line(),
          text.key(),
          "must be the path of a file, but is \"%s\"".formatted(text.value()));
      return null;
    }
  }

  private Path dir(YamlMap map, Path usual) {
    Text text = map.text("dir");
    if (text == null) {
      return usual;
    }
    try {
      return Path.of(text.value());
    } catch (InvalidPathException e) {
      problems.add(
          text.line(),
          text.key(),
          "must be the path of a folder, but is \"%s\"".formatted(text.value()));
      return usual;
    }
  }

  private AgentConfig.Journal journal(YamlMap map) {
    Path dir = dir(map, AgentConfig.Journal.DIR_DEFAULT);
    AgentConfig.Journal journal =
        new AgentConfig.Journal(
            dir,
            map.bytes(
                "max-bytes",
                JOURNAL_MIN_BYTES,
                JOURNAL_MAX_BYTES,
                AgentConfig.Journal.MAX_BYTES_DEFAULT),
            map.duration("max-age", AGE_MIN, AGE_MAX, AgentConfig.Journal.MAX_AGE_DEFAULT),
            map.duration(
                "commit-interval",
                COMMIT_MIN,
                COMMIT_MAX,
                AgentConfig.Journal.COMMIT_INTERVAL_DEFAULT));
    map.refuseUnknownKeys();
    return journal;
  }

  private List<AgentConfig.Sensor> sensors(YamlMap root) {
    List<AgentConfig.Sensor> sensors = new ArrayList<>();
    Map<String, Integer> ids = new HashMap<>();
    Map<String, Integer> places = new HashMap<>();
    String example = "\"sensors: [{id: roof, driver: bme280}]\"";
    for (Node item : root.list("sensors", SENSORS_MAX, example)) {
      String path = "sensors[" + sensors.size() + "]";
      YamlMap map = YamlMap.of(item, path, root.line(), problems);
      AgentConfig.Sensor sensor = sensor(map);
      once(ids, sensor.id(), map.line(), map.name("id"), "sensor ids must be unique");
      oncePlace(places, sensor, map);
      sensors.add(sensor);
    }
    return sensors;
  }

  /** A second sensor at one place would only be in the way of the first. */
  private void oncePlace(Map<String, Integer> seen, AgentConfig.Sensor sensor, YamlMap map) {
    if (sensor.place() instanceof AgentConfig.I2c i2c) {
      String bus = i2c.bus().isEmpty() ? SIMULATED : Integer.toString(i2c.bus().getAsInt());
      once(
          seen,
          bus + " 0x" + Integer.toHexString(i2c.address()),
          map.line(),
          map.name("address"),
          "only one sensor can be at an address of a bus");
    } else if (sensor.place() instanceof AgentConfig.OneWire oneWire) {
      once(
          seen,
          oneWire.id(),
          map.line(),
          map.name("address"),
          "only one sensor can have a 1-Wire id");
    } else {
      once(
          seen,
          sensor.driver(),
          map.line(),
          map.name("driver"),
          "only one sensor can be the " + sensor.driver());
    }
  }

  private void once(Map<String, Integer> seen, String what, int line, String key, String rule) {
    Integer first = what.isEmpty() ? null : seen.putIfAbsent(what, line);
    if (first != null) {
      problems.add(
          line,
          key,
          "%s, but %s was already given on line %d; change one".formatted(rule, what, first));
    }
  }

  private AgentConfig.Sensor sensor(YamlMap map) {
    String id = name(map.required("id", "roof"));
    Text text = map.required("driver", "bme280");
    String driver = text == null ? "" : text.value();
    if (text != null && !drivers.all().contains(driver)) {
      problems.add(
          text.line(),
          text.key(),
          "must be one of %s, but is \"%s\"".formatted(String.join(", ", drivers.all()), driver));
    }
    AgentConfig.Sensor sensor =
        new AgentConfig.Sensor(
            id,
            driver,
            place(driver, map),
            map.duration(
                "interval", INTERVAL_MIN, INTERVAL_MAX, AgentConfig.Sensor.INTERVAL_DEFAULT));
    map.refuseUnknownKeys();
    return sensor;
  }

  private AgentConfig.Place place(String driver, YamlMap map) {
    if (drivers.board().contains(driver)) {
      return new AgentConfig.Board(); // bus and address are no keys of it
    }
    if (drivers.itself().contains(driver)) {
      return new AgentConfig.Itself(); // nor of it
    }
    Text bus = map.text("bus");
    if (drivers.oneWire().contains(driver)) {
      return new AgentConfig.OneWire(
          oneWireBus(bus), oneWireId(map.required("address", ONE_WIRE_EXAMPLE)));
    }
    Text address = map.text("address");
    if (drivers.i2c().contains(driver)) {
      return new AgentConfig.I2c(i2cBus(bus), i2cAddress(address));
    }
    return NOWHERE; // nobody knows what the two mean to an unknown driver
  }

  private String name(@Nullable Text text) {
    if (text == null) {
      return "";
    }
    if (!Names.isName(text.value())) {
      problems.add(
          text.line(),
          text.key(),
          "must be 1 to 64 of A-Z a-z 0-9 _ . -, but is \"%s\"".formatted(text.value()));
    }
    return text.value();
  }

  private OptionalInt i2cBus(@Nullable Text text) {
    if (text == null) {
      return OptionalInt.of(AgentConfig.I2c.BUS_DEFAULT);
    }
    if (text.value().equals(SIMULATED)) {
      return OptionalInt.empty();
    }
    Integer number = integer(text.value());
    if (number == null || number < 0 || number > BUS_MAX) {
      problems.add(
          text.line(),
          text.key(),
          "must be the number of an I2C bus (1 on a Raspberry Pi's header) or \"simulated\", but is \"%s\""
              .formatted(text.value()));
      return OptionalInt.of(AgentConfig.I2c.BUS_DEFAULT);
    }
    return OptionalInt.of(number);
  }

  private int i2cAddress(@Nullable Text text) {
    if (text == null) {
      return AgentConfig.I2c.ADDRESS_DEFAULT;
    }
    Integer number = integer(text.value());
    if (number == null || number < 0x08 || number > 0x77) {
      problems.add(
          text.line(),
          text.key(),
          "must be an I2C address, 0x08 to 0x77, such as 0x76, but is \"%s\""
              .formatted(text.value()));
      return AgentConfig.I2c.ADDRESS_DEFAULT;
    }
    return number;
  }

  /** The kernel counts its 1-Wire masters from 1. */
  private OptionalInt oneWireBus(@Nullable Text text) {
    if (text == null) {
      return OptionalInt.empty();
    }
    Integer number = integer(text.value());
    if (number == null || number < 1 || number > BUS_MAX) {
      problems.add(
          text.line(),
          text.key(),
          "must be the number of a 1-Wire bus (1 for w1_bus_master1) or left out, which finds the sensor on any, but is \"%s\""
              .formatted(text.value()));
      return OptionalInt.empty();
    }
    return OptionalInt.of(number);
  }

  private String oneWireId(@Nullable Text text) {
    if (text == null) {
      return "";
    }
    if (!ONE_WIRE_ID.matcher(text.value()).matches()) {
      problems.add(
          text.line(),
          text.key(),
          "must be the name of a DS18B20 in /sys/bus/w1/devices, 28- and 12 of 0-9 a-f, such as %s, but is \"%s\""
              .formatted(ONE_WIRE_EXAMPLE, text.value()));
      return "";
    }
    return text.value();
  }

  private static @Nullable Integer integer(String text) {
    try {
      return text.startsWith("0x") ? Integer.valueOf(text.substring(2), 16) : Integer.valueOf(text);
    } catch (NumberFormatException e) {
      return null; // the caller names the rule
    }
  }
}
