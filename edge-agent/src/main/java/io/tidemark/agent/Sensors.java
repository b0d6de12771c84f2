package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.journal.JournalCounts;
import io.tidemark.agent.sensor.Bus;
import io.tidemark.agent.sensor.Finder;
import io.tidemark.agent.sensor.Sampler;
import io.tidemark.agent.sensor.SensorException;
import io.tidemark.wire.Value;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Which sensors are configured, which are there, and what they say now. */
@Command(
    name = "sensors",
    description = "Shows which sensors are configured and which are found, and reads them.",
    mixinStandardHelpOptions = true,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT,
    footer = {
      "",
      "Examples:",
      "  tidemark-agent sensors list",
      "  tidemark-agent sensors read roof --json"
    })
final class Sensors {

  /** A word for where a sensor is, as the configuration writes it. */
  static String place(AgentConfig.Place place) {
    if (place instanceof AgentConfig.I2c i2c) {
      String bus = i2c.bus().isPresent() ? Integer.toString(i2c.bus().getAsInt()) : "simulated";
      return "bus %s, address 0x%02x".formatted(bus, i2c.address());
    }
    if (place instanceof AgentConfig.OneWire oneWire) {
      return "bus w1, address " + oneWire.id();
    }
    return place instanceof AgentConfig.Board ? "this computer" : "this agent";
  }

  static String place(Finder.Found found) {
    return "bus %s, address %s".formatted(found.bus(), found.address());
  }

  /** {@code sensors list}. */
  @Command(
      name = "list",
      description = {
        "Shows the sensors that are configured, and those that are found at the board's buses.",
        "What is found and not configured can be added to the configuration as it is shown."
      },
      footer = {
        "",
        "Examples:",
        "  tidemark-agent sensors list",
        "  tidemark-agent sensors list --json",
        "",
        "Exit codes: 0 done, also if something could not be looked at; 2 the configuration is wrong."
      })
  static final class Listing extends ConfiguredCommand {
    Listing(Agent agent) {
      super(agent);
    }

    @Override
    int tell(AgentConfig read) {
      Finder.Sight sight = agent().look();
      print(() -> json(read, sight), () -> text(read, sight));
      return Agent.CLEAN;
    }

    private static String json(AgentConfig read, Finder.Sight sight) {
      return Json.of(
          Map.of(
              "configured",
              read.sensors().stream()
                  .map(
                      sensor ->
                          Map.of(
                              "id", sensor.id(),
                              "driver", sensor.driver(),
                              "place", place(sensor.place()),
                              "intervalMillis", sensor.interval().toMillis()))
                  .toList(),
              "found",
              sight.found().stream()
                  .map(
                      found ->
                          Map.of(
                              "driver", found.driver(),
                              "bus", found.bus(),
                              "address", found.address(),
                              "configured", places(read).contains(place(found))))
                  .toList(),
              "problems",
              sight.problems()));
    }

    private static String text(AgentConfig read, Finder.Sight sight) {
      Table configured = new Table("SENSOR", "DRIVER", "INTERVAL", "WHERE");
      for (AgentConfig.Sensor sensor : read.sensors()) {
        configured.row(
            sensor.id(),
            sensor.driver(),
            sensor.interval().toMillis() / 1_000.0 + " s",
            place(sensor.place()));
      }
      List<String> parts = new ArrayList<>(List.of(configured.toString()));
      List<String> more =
          sight.found().stream()
              .filter(found -> !places(read).contains(place(found)))
              .map(Setup::line)
              .toList();
      if (!more.isEmpty()) {
        parts.add("Found, and not configured; to be added below \"sensors:\"");
        parts.addAll(more);
      }
      sight.problems().forEach(problem -> parts.add("Note: " + problem));
      return String.join(System.lineSeparator(), parts);
    }

    private static List<String> places(AgentConfig read) {
      return read.sensors().stream().map(sensor -> place(sensor.place())).toList();
    }
  }

  /** {@code sensors read}. */
  @Command(
      name = "read",
      description = {
        "Reads sensors once, now, and shows what they say; also beside a running agent.",
        "Nothing of it goes into the journal."
      },
      footer = {
        "",
        "Examples:",
        "  tidemark-agent sensors read",
        "  tidemark-agent sensors read roof boiler --json",
        "",
        "Exit codes: 0 all gave a reading; 1 some gave none; 2 could not do it; 64 no sensor has that id."
      })
  static final class Reading extends ConfiguredCommand {
    @Parameters(
        paramLabel = "ID",
        description = "Sensors to read; all that are configured if none.")
    private List<String> ids = List.of();

    Reading(Agent agent) {
      super(agent);
    }

    @Override
    int tell(AgentConfig read) throws InterruptedException {
      List<String> known = read.sensors().stream().map(AgentConfig.Sensor::id).toList();
      for (String id : ids) {
        if (!known.contains(id)) {
          err().printf("no sensor is called %s; configured are %s%n", id, known);
          return Agent.USAGE;
        }
      }
      List<Taken> taken = takeAll(read, ids);
      print(() -> Json.of(taken.stream().map(Taken::map).toList()), () -> text(taken));
      return taken.stream().allMatch(one -> one.problem().isEmpty()) ? Agent.CLEAN : Agent.UNCLEAN;
    }

    private static String text(List<Taken> taken) {
      Table table = new Table("SENSOR", "METRIC", "VALUE");
      for (Taken one : taken) {
        if (!one.problem().isEmpty()) {
          table.row(one.id(), "-", "no reading: " + one.problem());
        }
        one.values().forEach((metric, value) -> table.row(one.id(), metric, said(value)));
      }
      return table.toString();
    }
  }

  /**
   * What one sensor said when it was asked.
   *
   * @param problem why it said nothing; empty if it did
   */
  record Taken(String id, String driver, Map<String, Value> values, String problem) {
    Map<String, @Nullable Object> map() {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("id", id);
      all.put("driver", driver);
      Map<String, Object> said = new LinkedHashMap<>();
      values.forEach((metric, value) -> said.put(metric, plain(value)));
      all.put("values", said);
      all.put("problem", problem.isEmpty() ? null : problem);
      return all;
    }
  }

  /**
   * Reads each once.
   *
   * @param ids which; all if none, but for the agent's own, which only the running agent can say
   */
  static List<Taken> takeAll(AgentConfig config, List<String> ids) throws InterruptedException {
    Map<OptionalInt, Bus> buses = new HashMap<>();
    SelfReport nobody =
        new SelfReport(
            Release.version(),
            Instant.now(),
            List::of,
            () -> new JournalCounts(0, Map.of(), 0, 0, Map.of(), 0, 0, 0));
    try {
      List<Taken> taken = new ArrayList<>();
      for (Sampler.Pace pace : Assembly.paces(config, buses, nobody)) {
        if (pace.sensor() == nobody) {
          if (ids.contains(pace.id())) {
            String words = "only the running agent can say this: tidemark-agent status";
            taken.add(new Taken(pace.id(), nobody.kind(), Map.of(), words));
          }
        } else if (ids.isEmpty() || ids.contains(pace.id())) {
          taken.add(take(pace));
        }
      }
      return taken;
    } finally {
      buses.values().forEach(Bus::close);
    }
  }

  /** As JSON has it. */
  private static Object plain(Value value) {
    if (value instanceof Value.Num number) {
      return number.value();
    }
    return value instanceof Value.Flag flag ? flag.value() : ((Value.Text) value).value();
  }

  /** As people read it: numbers to three places. */
  private static String said(Value value) {
    return value instanceof Value.Num number
        ? BigDecimal.valueOf(number.value())
            .setScale(3, RoundingMode.HALF_EVEN)
            .stripTrailingZeros()
            .toPlainString()
        : plain(value).toString();
  }

  private static Taken take(Sampler.Pace pace) throws InterruptedException {
    Map<String, Value> values = Map.of();
    String problem = "";
    try {
      values = pace.sensor().read();
    } catch (SensorException | RuntimeException | LinkageError e) {
      // As with the sampler: a driver's native part may be missing.
      String words = e.getMessage();
      problem = words == null || words.isBlank() ? e.getClass().getSimpleName() : words;
    }
    return new Taken(pace.id(), pace.sensor().kind(), values, problem);
  }
}
