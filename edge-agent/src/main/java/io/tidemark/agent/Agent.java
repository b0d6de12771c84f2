package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.config.ConfigFile;
import io.tidemark.agent.config.DriverNames;
import io.tidemark.agent.config.Units;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalView;
import io.tidemark.agent.sensor.Drivers;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command line. Exit codes: 0 clean, 1 unclean, 2 could not do it (and says why), 64 usage. */
@Command(
    name = "edge-agent",
    description = "Reads sensors, keeps what they say in a journal, and publishes it to a gateway.",
    mixinStandardHelpOptions = true,
    versionProvider = Release.class,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT,
    footer = {
      "",
      "Examples:",
      "  java -jar edge-agent.jar check --config agent.yaml",
      "  java -jar edge-agent.jar enroll --config agent.yaml --token-file token",
      "  java -jar edge-agent.jar run --config agent.yaml --drain 60s",
      "  java -jar edge-agent.jar journal --config agent.yaml --json",
      "",
      "Without --config the file is the one TIDEMARK_AGENT_CONFIG names,",
      "otherwise /etc/tidemark-agent/agent.yaml.",
      "Exit codes: 0 clean, 1 unclean, 2 could not do it, 64 usage."
    })
public final class Agent {
  static final int CLEAN = 0;
  static final int UNCLEAN = 1;
  static final int COULD_NOT = 2;
  static final int USAGE = 64;

  private static final Logger log = LoggerFactory.getLogger(Agent.class);

  private final String configFromEnvironment;

  Agent(String configFromEnvironment) {
    this.configFromEnvironment = configFromEnvironment;
  }

  public static void main(String[] arguments) {
    String environment = System.getenv().getOrDefault("TIDEMARK_AGENT_CONFIG", "");
    System.exit(commandLine(new Agent(environment)).execute(arguments));
  }

  static CommandLine commandLine(Agent agent) {
    CommandLine line = new CommandLine(agent);
    line.addSubcommand(new Run(agent));
    line.addSubcommand(new Enroll(agent));
    line.addSubcommand(new ShowJournal(agent));
    line.addSubcommand(new Check(agent));
    line.getCommandSpec().usageMessage().autoWidth(true);
    return line;
  }

  AgentConfig read(@Nullable Path given) throws ConfigException {
    String named =
        configFromEnvironment.isEmpty() ? "/etc/tidemark-agent/agent.yaml" : configFromEnvironment;
    DriverNames drivers =
        new DriverNames(
            Drivers.i2cNames(),
            Drivers.oneWireNames(),
            Drivers.boardNames(),
            Set.of(SelfReport.KIND));
    return ConfigFile.read(given == null ? Path.of(named) : given, drivers);
  }

  /** Durations as everywhere. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Duration duration = Units.duration(text);
      if (duration == null) {
        throw new TypeConversionException(
            "must be a duration such as 90s, 5m or 24h, but is \"" + text + "\"");
      }
      return duration;
    }
  }

  @Command(
      name = "run",
      description = {
        "Runs until SIGTERM or SIGINT.",
        "Then the sensors stop, what they said is committed, and publishing goes on until nothing is left or --drain has passed."
            + " A second signal stops at once. Nothing recorded is lost either way: what is left is sent by the next start."
      },
      mixinStandardHelpOptions = true,
      exitCodeOnInvalidInput = USAGE,
      exitCodeOnExecutionException = COULD_NOT,
      footer = {"", "Example:", "  java -jar edge-agent.jar run --config agent.yaml --drain 60s"})
  static final class Run implements Callable<Integer> {
    private final Agent agent;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
    private @Nullable Path config;

    @Option(
        names = "--drain",
        paramLabel = "DURATION",
        defaultValue = "5s",
        converter = DurationConverter.class,
        description = "How long to go on publishing once told to stop (default: ${DEFAULT-VALUE}).")
    private Duration drain = Duration.ofSeconds(5);

    Run(Agent agent) {
      this.agent = agent;
    }

    @Override
    public Integer call() throws InterruptedException {
      PrintWriter err = spec.commandLine().getErr();
      try {
        AgentConfig read = agent.read(config);
        CountDownLatch stop = Signals.awaitTermination();
        Assembly assembly = Assembly.open(read);
        assembly.start();
        log.info(
            "Agent of device {} runs: {} sensors, gateways {}, journal {}",
            read.device(),
            read.sensors().size(),
            read.gateways(),
            read.journal().dir());
        stop.await();
        return assembly.stop(drain) ? CLEAN : UNCLEAN;
      } catch (ConfigException | IdentityException | JournalException e) {
        err.println(e.getMessage());
        return COULD_NOT;
      }
    }
  }

  @Command(
      name = "journal",
      description = "Shows what the journal holds, epoch by epoch; also while the agent runs.",
      mixinStandardHelpOptions = true,
      exitCodeOnInvalidInput = USAGE,
      exitCodeOnExecutionException = COULD_NOT,
      footer = {"", "Example:", "  java -jar edge-agent.jar journal --config agent.yaml --json"})
  static final class ShowJournal implements Callable<Integer> {
    private final Agent agent;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
    private @Nullable Path config;

    @Option(names = "--json", description = "Prints one JSON array, an object an epoch.")
    private boolean json;

    ShowJournal(Agent agent) {
      this.agent = agent;
    }

    @Override
    public Integer call() {
      try {
        List<JournalView.Epoch> epochs = JournalView.read(agent.read(config).journal().dir());
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? JournalReport.json(epochs) : JournalReport.text(epochs));
        out.flush();
        return CLEAN;
      } catch (ConfigException | JournalException e) {
        spec.commandLine().getErr().println(e.getMessage());
        return COULD_NOT;
      }
    }
  }

  @Command(
      name = "check",
      description =
          "Checks the configuration and names everything that is wrong with it, each with its line.",
      mixinStandardHelpOptions = true,
      exitCodeOnInvalidInput = USAGE,
      exitCodeOnExecutionException = COULD_NOT,
      footer = {"", "Example:", "  java -jar edge-agent.jar check --config agent.yaml"})
  static final class Check implements Callable<Integer> {
    private final Agent agent;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
    private @Nullable Path config;

    Check(Agent agent) {
      this.agent = agent;
    }

    @Override
    public Integer call() {
      try {
        AgentConfig read = agent.read(config);
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
            "The configuration is valid: device %s, %d sensors%n",
            read.device(), read.sensors().size());
        out.flush();
        return CLEAN;
      } catch (ConfigException e) {
        spec.commandLine().getErr().println(e.getMessage());
        return e.isUnreadable() ? COULD_NOT : UNCLEAN;
      }
    }
  }
}
