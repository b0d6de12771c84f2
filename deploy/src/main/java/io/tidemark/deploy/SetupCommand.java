package io.tidemark.deploy;

import io.tidemark.deploy.setup.NewAdministrator;
import io.tidemark.deploy.setup.SetupSteps;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidemark setup}. */
@Command(
    name = "setup",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "administrator|secrets|influx|access|password",
    description =
        "The first set-up of a secured deployment: by a person, or by a program, as compose has it done before it starts the rest.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark setup administrator --api https://ingest:8443 --authority root.pem --name ada --key-file key",
      "  ./tidemark setup secrets --dir /secrets --gateway g1,g2,g3",
      "  ./tidemark setup influx --dir /secrets --influx http://influxdb:8086",
      "  ./tidemark setup access --dir /secrets --gateway g1,g2,g3 --api https://ingest:8443 --authority root.pem --host gw.example",
      "  ./tidemark setup password --dir /secrets    as whom you log in",
      "",
      "administrator is for a person. The others leave what is there as it is, so each may be done again, and has to be if it was interrupted.",
      "",
      "Exit codes: 0 done; 2 not done, and why; 64 usage."
    })
final class SetupCommand {
  @Spec private CommandSpec spec = CommandSpec.create();

  private static final String DIR = "--dir";
  private static final String DIR_TEXT =
      "The folder of the secrets, with one in it for each program.";
  private static final String GATEWAY = "--gateway";
  private static final String GATEWAY_TEXT = "The gateways' names; repeatable, or with commas.";
  private static final String TIMEOUT = "--timeout";
  private static final String TIMEOUT_TEXT =
      "How long to wait for what is starting. Default: ${DEFAULT-VALUE}.";

  @FunctionalInterface
  private interface Step {
    void take(PrintWriter out) throws IOException, InterruptedException;
  }

  private int run(Step step) throws InterruptedException {
    try {
      PrintWriter out = spec.commandLine().getOut();
      step.take(out);
      out.flush();
      return Tidemark.CLEAN;
    } catch (IOException | IllegalArgumentException e) {
      spec.commandLine().getErr().println("Not done: " + e.getMessage());
      return Tidemark.UNKNOWN;
    }
  }

  @Command(
      name = "administrator",
      mixinStandardHelpOptions = true,
      description = {
        "Makes an administrator by the token in ingest's log, and an API key of the role admin for these commands.",
        "It asks for token and password; without a terminal they are two lines of standard input."
      })
  int administrator(
      @Option(
              names = "--api",
              required = true,
              paramLabel = "URL",
              description = "Where ingest is.")
          URI ingest,
      @Option(
              names = "--authority",
              required = true,
              paramLabel = "FILE",
              description = "The certificate of ingest's authority, its identity/root.pem.")
          Path authority,
      @Option(
              names = "--name",
              required = true,
              paramLabel = "NAME",
              description = "As whom the administrator logs in.")
          String name,
      @Option(
              names = "--key-file",
              required = true,
              paramLabel = "FILE",
              description = "The file that gets the key, for its owner alone; there must be none.")
          Path keyFile,
      @Option(
              names = "--for",
              paramLabel = "DURATION",
              defaultValue = "2160h",
              description = "How long the key is good. Default: ${DEFAULT-VALUE}.")
          Duration validFor)
      throws InterruptedException {
    return run(
        out -> {
          NewAdministrator made = new NewAdministrator(ingest, authority, keyFile, validFor);
          Answers answers = new Answers();
          made.make(
              answers.plain("The token in ingest's log, tms_..."),
              name,
              answers.secret("A password of 12 characters or more"));
          out.printf(
              "%s is an administrator of %s. The API key is in %s.%n", name, ingest, keyFile);
        });
  }

  @Command(
      name = "secrets",
      mixinStandardHelpOptions = true,
      description = "Makes the secrets that can be made before anything runs.")
  int secrets(
      @Option(names = DIR, required = true, description = DIR_TEXT) Path folder,
      @Option(names = GATEWAY, required = true, split = ",", description = GATEWAY_TEXT)
          List<String> gateways)
      throws InterruptedException {
    return run(
        out -> {
          new SetupSteps(folder, gateways, Duration.ZERO).makeSecrets();
          out.println("The secrets are in " + folder + ".");
        });
  }

  @Command(
      name = "influx",
      mixinStandardHelpOptions = true,
      description =
          "Makes administrator, database, and the users of ingest and Grafana in an InfluxDB 1.x that asks for passwords.")
  int influx(
      @Option(names = DIR, required = true, description = DIR_TEXT) Path folder,
      @Option(names = "--influx", required = true, paramLabel = "URL", description = "Its address.")
          URI influx,
      @Option(
              names = "--database",
              defaultValue = "tidemark",
              description = "Default: ${DEFAULT-VALUE}.")
          String database,
      @Option(names = TIMEOUT, defaultValue = "2m", description = TIMEOUT_TEXT) Duration timeout)
      throws InterruptedException {
    return run(
        out -> {
          new SetupSteps(folder, List.of(), timeout).makeInfluxUsers(influx, database);
          out.println("InfluxDB at " + influx + " has its users and the database.");
        });
  }

  @Command(
      name = "access",
      mixinStandardHelpOptions = true,
      description =
          "Has ingest make the first administrator, API keys for Prometheus and the simulator, and enrolment tokens.")
  int access(
      @Option(names = DIR, required = true, description = DIR_TEXT) Path folder,
      @Option(names = GATEWAY, required = true, split = ",", description = GATEWAY_TEXT)
          List<String> gateways,
      @Option(
              names = "--api",
              required = true,
              split = ",",
              paramLabel = "URL",
              description =
                  "Where ingest is; repeatable, or with commas. The first that can is asked, the tokens say all.")
          List<URI> ingest,
      @Option(
              names = "--authority",
              required = true,
              paramLabel = "FILE",
              description = "The certificate of ingest's authority, its identity/root.pem.")
          Path authority,
      @Option(
              names = "--host",
              split = ",",
              defaultValue = "",
              description =
                  "Names and addresses under which devices reach gateways, beside the gateways' own names; repeatable, or with commas.")
          List<String> hosts,
      @Option(names = TIMEOUT, defaultValue = "2m", description = TIMEOUT_TEXT) Duration timeout)
      throws InterruptedException {
    return run(
        out -> {
          List<String> given = hosts.stream().filter(host -> !host.isBlank()).toList();
          new SetupSteps(folder, gateways, timeout)
              .makeAccess(ingest, authority, given)
              .forEach(out::println);
        });
  }

  @Command(
      name = "password",
      mixinStandardHelpOptions = true,
      description = "Says as whom a person logs in at first, and with what password.")
  int password(@Option(names = DIR, required = true, description = DIR_TEXT) Path folder)
      throws InterruptedException {
    return run(
        out -> {
          SetupSteps steps = new SetupSteps(folder, List.of(), Duration.ZERO);
          List<String> person = steps.person();
          out.printf("dashboards   name %s, password %s%n", person.get(0), person.get(1));
          out.printf("Grafana      name admin, password %s%n", steps.grafanaPassword());
        });
  }
}
