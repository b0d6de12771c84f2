package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.config.ConfigFile;
import io.tidemark.agent.config.DriverNames;
import io.tidemark.agent.config.Units;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalView;
import io.tidemark.agent.log.AgentLog;
import io.tidemark.agent.sensor.Drivers;
import io.tidemark.agent.sensor.Finder;
import io.tidemark.agent.service.ServiceManager;
import io.tidemark.wire.log.LogFormat;
import java.io.Console;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
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
    name = "tidemark-agent",
    description = "Reads sensors, keeps what they say in a journal, and publishes it to a gateway.",
    mixinStandardHelpOptions = true,
    versionProvider = Release.class,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT,
    footer = {
      "",
      "Examples:",
      "  sudo tidemark-agent setup",
      "  sudo tidemark-agent doctor",
      "  sudo tidemark-agent status --json",
      "  tidemark-agent config check --config agent.yaml",
      "  tidemark-agent run --config agent.yaml --drain 60s",
      "",
      "Without --config the file is the one TIDEMARK_AGENT_CONFIG names,",
      "otherwise /etc/tidemark-agent/agent.yaml.",
      "With TIDEMARK_LOG_FORMAT=json the log is a JSON object a line.",
      "Exit codes: 0 clean, 1 unclean, 2 could not do it, 64 usage."
    })
public final class Agent {
  static final int CLEAN = 0;
  static final int UNCLEAN = 1;
  static final int COULD_NOT = 2;
  static final int USAGE = 64;

  private static final String UNFORESEEN = "This ends, by a mistake of its own";

  private static final Logger log = LoggerFactory.getLogger(Agent.class);

  private final String configFromEnvironment;
  private final Finder finder;
  private final @Nullable Questions questions;

  /** Asks somebody at a terminal. */
  interface Questions {
    /** The answer; {@code usual} if it is empty. */
    String ask(String question, String usual);
  }

  /** With this board's buses, and nobody to ask. */
  Agent(String configFromEnvironment) {
    this(configFromEnvironment, new Finder(), null);
  }

  Agent(String configFromEnvironment, Finder finder, @Nullable Questions questions) {
    this.configFromEnvironment = configFromEnvironment;
    this.finder = finder;
    this.questions = questions;
  }

  @SuppressWarnings("SystemConsoleNull")
  private static @Nullable Questions terminal() {
    System.setProperty("jdk.console", "java.base"); // from JDK 22 on there is one without, too
    Console console = System.console();
    return console == null
        ? null
        : (question, usual) -> {
          String shown = usual.isEmpty() ? "" : " [" + usual + "]";
          String answer = console.readLine("%s%s: ", question, shown);
          return answer == null || answer.isBlank() ? usual : answer.strip();
        };
  }

  public static void main(String[] arguments) {
    String environment = System.getenv().getOrDefault("TIDEMARK_AGENT_CONFIG", "");
    String format = System.getenv().getOrDefault(LogFormat.VARIABLE, "");
    try {
      AgentLog.begin(LogFormat.of(LogFormat.VARIABLE, format));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(COULD_NOT);
    }
    int code = COULD_NOT;
    try {
      code = commandLine(new Agent(environment, new Finder(), terminal())).execute(arguments);
    } catch (RuntimeException | Error e) { // of which the command line knows nothing
      log.error(UNFORESEEN, e);
    }
    System.exit(code);
  }

  static CommandLine commandLine(Agent agent) {
    CommandLine line = new CommandLine(agent);
    line.addSubcommand(new Setup(agent));
    line.addSubcommand(new Enroll(agent));
    line.addSubcommand(new Doctor(agent));
    line.addSubcommand(new Status(agent));
    CommandLine sensors = new CommandLine(new Sensors());
    sensors.addSubcommand(new Sensors.Listing(agent));
    sensors.addSubcommand(new Sensors.Reading(agent));
    line.addSubcommand(sensors);
    CommandLine config = new CommandLine(new ConfigCommand());
    config.addSubcommand(new ConfigCommand.Check(agent));
    line.addSubcommand(config);
    line.addSubcommand(new ShowJournal(agent));
    line.addSubcommand(new Run(agent));
    line.addSubcommand(new Rehearse(agent));
    line.getCommandSpec().usageMessage().autoWidth(true);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          log.error(UNFORESEEN, failure);
          return COULD_NOT;
        });
    if (AgentLog.isJson()) {
      line.setErr(AgentLog.errors());
      line.setParameterExceptionHandler( // without the whole usage
          (mistake, given) -> {
            mistake.getCommandLine().getErr().println(mistake.getMessage());
            return USAGE;
          });
    }
    return line;
  }

  /** Where the configuration is: as it is given, else as the environment says, else as usual. */
  Path file(@Nullable Path given) {
    String named =
        configFromEnvironment.isEmpty() ? "/etc/tidemark-agent/agent.yaml" : configFromEnvironment;
    return given == null ? Path.of(named) : given;
  }

  AgentConfig read(@Nullable Path given) throws ConfigException {
    DriverNames drivers =
        new DriverNames(
            Drivers.i2cNames(),
            Drivers.oneWireNames(),
            Drivers.boardNames(),
            Set.of(SelfReport.KIND));
    return ConfigFile.read(file(given), drivers);
  }

  /** Which sensors are there. */
  Finder.Sight look() {
    return finder.look();
  }

  /** Somebody who answers; null if nobody is there. */
  @Nullable Questions questions() {
    return questions;
  }

  /** What this computer is called; nothing if it cannot be found out. */
  static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
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
      footer = {"", "Example:", "  tidemark-agent run --config agent.yaml --drain 60s"})
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
        AgentLog.of(read.device());
        ServiceManager manager = ServiceManager.of(System.getenv(), ProcessHandle.current().pid());
        CountDownLatch stop = Signals.awaitTermination();
        Assembly assembly = Assembly.open(read, manager);
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
      footer = {"", "Example:", "  tidemark-agent journal --config agent.yaml --json"})
  static final class ShowJournal extends ConfiguredCommand {
    ShowJournal(Agent agent) {
      super(agent);
    }

    @Override
    int tell(AgentConfig read) throws JournalException {
      List<JournalView.Epoch> epochs = JournalView.read(read.journal().dir());
      print(() -> JournalReport.json(epochs), () -> JournalReport.text(epochs));
      return CLEAN;
    }
  }
}
