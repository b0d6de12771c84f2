package io.tidemark.sim;

import io.tidemark.sim.view.LogStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The simulator's command line: {@code sim run|scenarios|replay|relay|verify|clean}. */
@Command(
    name = "sim",
    mixinStandardHelpOptions = true,
    versionProvider = TidemarkSim.Version.class,
    description =
        "Simulated devices for any Tidemark deployment: load, replay, and the proof that nothing"
            + " was lost.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything is where it should be",
      "1:not everything is: readings wait, or the check found problems",
      "2:could not be done or checked (it says why)",
      "64:wrong usage"
    },
    footer = {
      "",
      "Examples:",
      "  sim run --gateway tcp://127.0.0.1:1883 --devices 20 --for 60s --record /tmp/rec",
      "  sim run mixed-fleet --gateway tcp://127.0.0.1:1883",
      "  sim verify --record /tmp/rec --api http://127.0.0.1:8080",
      "  sim replay series.csv --device office --sensor air --gateway tcp://127.0.0.1:1883",
      "  sim relay --listen 1884 --to tcp://127.0.0.1:1883 --fault 'cut for 10s every 60s'",
      "  sim clean --all --dry-run",
      "",
      "Each command has its own --help.",
      "With TIDEMARK_LOG_FORMAT=json what is said on standard error is a log, a JSON object a line."
    })
public final class TidemarkSim implements Callable<Integer> {
  /** Wrong usage, as in sysexits.h. */
  static final int USAGE = 64;

  /** Could not be done. */
  static final int FAILED = 2;

  /** Where it goes what ends a command, if the log is in JSON. */
  private static @Nullable PrintWriter errors;

  @Spec private @Nullable CommandSpec spec;

  private TidemarkSim() {}

  /** Whether standard error is a log in JSON. */
  static boolean logsJson() {
    return errors != null;
  }

  /** Says on standard error what has gone wrong; an error, if that is a log in JSON. */
  static void complain(String what) {
    PrintWriter log = errors;
    if (log == null) {
      System.err.println(what);
    } else {
      log.println(what);
    }
  }

  /**
   * Where a report goes: to standard error where standard output is for a program, or both are one
   * log.
   */
  static PrintStream forPeople(boolean json) {
    return json || logsJson() ? System.err : System.out;
  }

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    // Numbers are written alike everywhere, in names and records too.
    Locale.setDefault(Locale.ROOT);
    Signals signals = new Signals();
    signals.listen();
    int code = FAILED;
    try {
      if (LogStream.isAskedFor()) {
        PrintStream err = System.err;
        errors = LogStream.errors(err);
        System.setErr(LogStream.information(err));
      }
      code = execute(signals, args);
    } catch (IllegalArgumentException e) {
      System.err.println("sim: " + e.getMessage());
    }
    signals.exit(code);
  }

  static int execute(Signals signals, String... args) {
    CommandLine commands =
        new CommandLine(new TidemarkSim())
            .addSubcommand(new RunCommand(signals))
            .addSubcommand(new ScenariosCommand())
            .addSubcommand(new ReplayCommand(signals))
            .addSubcommand(new VerifyCommand())
            .addSubcommand(new RelayCommand(signals))
            .addSubcommand(new CleanCommand());
    Converters.register(commands);
    for (CommandLine command : commands.getSubcommands().values()) {
      configure(command);
    }
    configure(commands);
    if (errors != null) {
      commands.setErr(errors);
    }
    return commands.execute(args);
  }

  /** No command. */
  @Override
  public Integer call() {
    if (spec != null) {
      spec.commandLine().usage(System.err);
    }
    return USAGE;
  }

  private static void configure(CommandLine command) {
    Converters.register(command);
    command.getCommandSpec().exitCodeOnInvalidInput(USAGE);
    command.getCommandSpec().exitCodeOnExecutionException(FAILED);
    command.getCommandSpec().usageMessage().width(100);
    command.getCommandSpec().versionProvider(new Version());
    command.setExecutionExceptionHandler(
        (failure, failed, parsed) -> {
          failed.getErr().println(failed.getCommandName() + ": " + Failures.inWords(failure));
          return Failures.exitCode(failure);
        });
  }

  /** The version from the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {text()};
    }

    static String text() {
      String version = TidemarkSim.class.getPackage().getImplementationVersion();
      return "tidemark-sim " + (version == null ? "(not from a jar)" : version);
    }
  }
}
