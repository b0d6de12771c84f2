package io.tidemark.deploy;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind all {@code ./tidemark} commands but the simulator's and the build's. */
@Command(
    name = "tidemark",
    description = "Edge-to-cloud telemetry in which every reading is accounted for.",
    mixinStandardHelpOptions = true,
    subcommands = {
      DemoCommand.class,
      ChaosCommand.class,
      GatewayCommand.class,
      LedgerCommand.class,
      DoctorCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      TokenCommand.class,
      KeyCommand.class,
      DeviceCommand.class,
      SetupCommand.class,
      SbomCommand.class,
      ImagesCommand.class,
      BenchCommand.class
    })
public final class Tidemark {
  /** Everything is accounted for. */
  static final int CLEAN = 0;

  /** Something is not. */
  static final int UNCLEAN = 1;

  /** It could not be checked. */
  static final int UNKNOWN = 2;

  /** The command was not understood. */
  static final int USAGE = 64;

  private Tidemark() {}

  /** Runs one command and exits with 0 clean, 1 unclean, 2 could not check, 64 usage. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  private static int run(String... arguments) {
    CommandLine commandLine = commandLine();
    if (arguments.length == 0) {
      commandLine.usage(commandLine.getErr());
      return USAGE;
    }
    return commandLine.execute(arguments);
  }

  /** With all commands, what they take, and what their errors become. */
  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Tidemark());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.registerConverter(java.time.Duration.class, DurationText::parse);
    commandLine.setParameterExceptionHandler(
        (problem, args) -> {
          CommandLine at = problem.getCommandLine();
          at.getErr().println(problem.getMessage());
          at.getErr().println("See: ./" + at.getCommandSpec().qualifiedName() + " --help");
          return USAGE;
        });
    commandLine.setExecutionExceptionHandler(
        (problem, at, result) -> {
          at.getErr().println("Could not check: " + problem.getMessage());
          return UNKNOWN;
        });
    return commandLine;
  }
}
