package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.identity.Enrolment;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.agent.sensor.Finder;
import io.tidemark.identity.EnrolmentToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** From an installed agent to one that is configured and enrolled. */
@Command(
    name = "setup",
    description = {
      "Writes the configuration, with the sensors that are found at the board's buses, and enrols the device.",
      "What is not given by an option is asked for, if somebody is there to answer."
    },
    mixinStandardHelpOptions = true,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT,
    footer = {
      "",
      "Examples:",
      "  sudo tidemark-agent setup",
      "  sudo tidemark-agent setup --device pi-roof --gateway ssl://gateway.example --token-file - < token",
      "  sudo tidemark-agent setup --device pi-roof --gateway ssl://g1.example --gateway ssl://g2.example --replace --json",
      "",
      "Exit codes: 0 done, 2 could not do it (what was written is said), 64 something is missing."
    })
final class Setup implements Callable<Integer> {
  private final Agent agent;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(names = "--config", paramLabel = "FILE", description = "The file to write.")
  private @Nullable Path config;

  @Option(names = "--device", paramLabel = "NAME", description = "The device's name.")
  private @Nullable String device;

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description = "A gateway's, such as ssl://HOST or coaps://HOST; several, the first is home.")
  private List<String> gateways = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the journal and the identity lie (default: /var/lib/tidemark-agent).")
  private @Nullable Path data;

  @Option(
      names = "--simulated",
      description = "Adds a simulated BME280, to try things without one.")
  private boolean simulated;

  @Option(
      names = "--replace",
      description = "Writes over a configuration that is there; what it was is kept beside it.")
  private boolean replace;

  @Option(names = "--json", description = "Prints one JSON object of what was done.")
  private boolean json;

  @ArgGroup private TokenSource.@Nullable Given token;

  Setup(Agent agent) {
    this.agent = agent;
  }

  /** A sensor as a line of the configuration. */
  static String line(Finder.Found found) {
    String id = "%s-%s".formatted(found.driver(), found.address().replace("0x", ""));
    String bus = found.bus().equals("w1") ? "" : "bus: %s, ".formatted(found.bus());
    String interval = found.bus().equals("w1") ? "30s" : "10s";
    return "  - {id: %s, driver: %s, %saddress: %s, interval: %s}"
        .formatted(id, found.driver(), bus, found.address(), interval);
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Path file = agent.file(config);
    try {
      if (isConfigured(file) && !replace) {
        err.printf(
            "%s configures a device already. Give --replace to write over it, or change it by hand; config check names its mistakes%n",
            file);
        return Agent.COULD_NOT;
      }
      EnrolmentToken enrolment = askForWhatIsMissing();
      if (device == null || gateways.isEmpty()) {
        err.println("--device NAME and --gateway URL are missing, and nobody is there to be asked");
        return Agent.USAGE;
      }
      Finder.Sight sight = agent.look();
      AgentConfig written = write(file, text(sight));
      String until = "";
      if (enrolment != null) {
        until =
            Enrolment.enrol(written.device(), written.identityDir(), enrolment, false)
                .notAfter()
                .toString();
      }
      say(file, written, sight, until);
      return Agent.CLEAN;
    } catch (ConfigException e) {
      err.println("Nothing was written, as it would be wrong:\n" + e.getMessage());
      return Agent.COULD_NOT;
    } catch (IdentityException e) {
      err.println(file + " is written. The device could not be enrolled:\n" + e.getMessage());
      return Agent.COULD_NOT;
    } catch (IOException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return Agent.COULD_NOT;
    }
  }

  /** Asks, where somebody answers; returns the token, if there is one. */
  private @Nullable EnrolmentToken askForWhatIsMissing() throws IOException {
    Agent.Questions questions = agent.questions();
    if (questions != null) {
      if (device == null) {
        device = questions.ask("The device's name", Agent.hostName());
      }
      if (gateways.isEmpty()) {
        String asked = questions.ask("The gateways' URLs, with blanks between them", "");
        gateways = asked.isBlank() ? List.of() : List.of(asked.strip().split("\\s+"));
      }
      if (token == null) {
        String asked = questions.ask("The enrolment token (nothing: enrol later)", "");
        return asked.isBlank() ? null : EnrolmentToken.parse(asked.strip());
      }
    }
    return token == null ? null : EnrolmentToken.parse(token.word());
  }

  private String text(Finder.Sight sight) {
    StringBuilder yaml = new StringBuilder("# Written by tidemark-agent setup.\n");
    yaml.append("device: \"").append(device).append("\"\n");
    yaml.append("gateways: [\"").append(String.join("\", \"", gateways)).append("\"]\n");
    if (data != null) {
      yaml.append("journal: {dir: \"").append(data).append("\"}\n");
    }
    yaml.append("sensors:\n");
    sight.found().forEach(found -> yaml.append(line(found)).append('\n'));
    if (simulated) {
      yaml.append("  - {id: simulated, driver: bme280, bus: simulated, interval: 1s}\n");
    }
    yaml.append("  - {id: board, driver: board, interval: 1m}\n");
    yaml.append("  - {id: agent, driver: agent, interval: 1m}\n");
    return yaml.toString();
  }

  /** Checks it first; one that is there already is kept as {@code .before}. */
  private AgentConfig write(Path file, String text) throws IOException, ConfigException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(fresh, text);
      AgentConfig read = agent.read(fresh);
      if (Files.exists(file)) {
        Files.copy(
            file,
            file.resolveSibling(file.getFileName() + ".before"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      return read;
    } catch (IOException e) {
      throw new IOException(
          "%s cannot be written (%s): run this with sudo, or give another --config"
              .formatted(file, e),
          e);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private boolean isConfigured(Path file) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    try {
      return !agent.read(file).device().isEmpty();
    } catch (ConfigException e) {
      return namesADevice(file);
    }
  }

  /** Somebody's work, even if it has mistakes; as it is installed, a file has no such line. */
  private static boolean namesADevice(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(line -> line.startsWith("device:"));
    } catch (IOException | UncheckedIOException e) {
      throw new IOException(
          "%s is there, and cannot be read (%s): run this with sudo, or give another --config"
              .formatted(file, e),
          e);
    }
  }

  private void say(Path file, AgentConfig written, Finder.Sight sight, String until) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("file", file);
      all.put("device", written.device());
      all.put("sensors", written.sensors().stream().map(AgentConfig.Sensor::id).toList());
      all.put("certificateEnds", until.isEmpty() ? null : until);
      all.put("problems", sight.problems());
      out.println(Json.of(all));
    } else {
      out.printf("%s is written: device %s%n", file, written.device());
      Table table = new Table("SENSOR", "DRIVER", "WHERE");
      for (AgentConfig.Sensor sensor : written.sensors()) {
        table.row(sensor.id(), sensor.driver(), Sensors.place(sensor.place()));
      }
      out.println(table);
      sight.problems().forEach(problem -> out.println("Note: " + problem));
      out.println(
          until.isEmpty()
              ? "Not enrolled: sudo tidemark-agent enroll --token-file - < FILE"
              : "Enrolled; the certificate is valid until " + until + " and renews itself");
    }
    out.flush();
  }
}
