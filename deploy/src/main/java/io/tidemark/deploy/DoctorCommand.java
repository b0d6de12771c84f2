package io.tidemark.deploy;

import io.tidemark.deploy.doctor.Doctor;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidemark doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description =
        "Looks at a deployment: reaches every part, compares versions and clocks, looks at disks,"
            + " stores, quorum, ledger and quarantine, and sends a reading through every gateway"
            + " until its row is seen. Each finding says what to do.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark doctor --api http://127.0.0.1:8080 --gateway http://127.0.0.1:8081   with security off",
      "  ./tidemark doctor --api https://ingest:8443 --authority root.pem --api-key-file key.txt \\",
      "    --gateway https://gw1:8444 --gateway https://gw2:8444 --gateway-token-file viewer \\",
      "    --identity doctor --enrolment-token-file token       the token only the first time",
      "  ./tidemark doctor ... --json | jq '.findings[] | select(.severity != \"ok\")'",
      "",
      "Its readings are of the device tidemark-doctor. What each finding means: docs/doctor.md.",
      "",
      "Exit codes: 0 nothing is wrong; 1 something is; 2 could not check; 64 usage."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final Duration TIMEOUT_MIN = Duration.ofSeconds(1);
  private static final Duration TIMEOUT_MAX = Duration.ofMinutes(5);
  private static final int PERCENT_MAX = 100;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--api",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "Where ingest is. Default: ${DEFAULT-VALUE}.")
  private URI api = URI.create("");

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "HTTP address of a gateway, e.g. https://gw1:8444. Repeat for all of them: one that is"
              + " not named is only known by what others say.")
  private List<URI> gateways = new ArrayList<>();

  @Option(
      names = "--gateway-token-file",
      paramLabel = "FILE",
      description =
          "A file with the word that gateways ask for, where security is on: that of their"
              + " tidemark.http.viewer-token-file.")
  private @Nullable Path word;

  @Option(
      names = "--identity",
      paramLabel = "DIR",
      description =
          "Where the certificate of device tidemark-doctor is kept, with which readings are sent"
              + " where security is on. Made if it is not there.")
  private @Nullable Path identity;

  @Option(
      names = "--enrolment-token-file",
      paramLabel = "FILE",
      description = "A file with a token for that device; needed the first time only.")
  private @Nullable Path token;

  @Option(names = "--no-probe", description = "Send no reading: only look.")
  private boolean noProbe;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "Of each request; four times that of all that is asked of one part, and of a reading"
              + " until its row is seen. Default: ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--slow-after",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description = "A reading whose row takes longer is a finding. Default: ${DEFAULT-VALUE}.")
  private Duration slow = Duration.ZERO;

  @Option(
      names = "--disk-low",
      paramLabel = "PERCENT",
      defaultValue = "10",
      description =
          "Less of ingest's disk free is a finding. 0: only what is too little to write anything."
              + " Default: ${DEFAULT-VALUE}.")
  private int diskLow;

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    Bounds.require(spec.commandLine(), "--timeout", timeout, TIMEOUT_MIN, TIMEOUT_MAX);
    Bounds.require(spec.commandLine(), "--disk-low", diskLow, 0, PERCENT_MAX);
    require("--api", api);
    gateways.forEach(url -> require("--gateway", url));
    if (token != null && identity == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--enrolment-token-file needs --identity DIR: the certificate is kept there");
    }
    PrintWriter out = spec.commandLine().getOut();
    Doctor doctor;
    try {
      doctor = new Doctor(examined());
    } catch (IOException e) {
      spec.commandLine().getErr().println("Could not check: " + e.getMessage());
      return Tidemark.UNKNOWN;
    }
    boolean answered = doctor.look();
    if (json) {
      var result = doctor.findings().json();
      out.println(answered ? result : result.put("verdict", "unknown"));
    } else {
      doctor.findings().lines().forEach(out::println);
    }
    out.flush();
    if (!answered) {
      spec.commandLine()
          .getErr()
          .println("Could not check: neither ingest nor a gateway told anything");
      return Tidemark.UNKNOWN;
    }
    return doctor.findings().isClean() ? Tidemark.CLEAN : Tidemark.UNCLEAN;
  }

  private Doctor.Examined examined() throws IOException {
    String asking = "";
    if (word != null) {
      try {
        asking = Files.readString(word).strip();
      } catch (IOException e) {
        throw new IOException(
            "--gateway-token-file %s cannot be read (%s)".formatted(word, e.getMessage()), e);
      }
    }
    return new Doctor.Examined(
        api,
        apiKey.key(System.getenv()),
        gateways,
        asking,
        apiKey.tls(),
        timeout,
        slow,
        diskLow,
        !noProbe,
        identity,
        token);
  }

  private void require(String option, URI url) {
    boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (!isHttp || url.getHost() == null) {
      throw new ParameterException(
          spec.commandLine(),
          "%s must be http://host:port or https://host:port, but is %s".formatted(option, url));
    }
  }
}
