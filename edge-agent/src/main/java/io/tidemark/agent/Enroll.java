package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.identity.Enrolment;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.identity.Credential;
import io.tidemark.identity.EnrolmentToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Gets the device its first certificate. */
@Command(
    name = "enroll",
    description = {
      "Gets this device its first certificate, by a token that an administrator has made.",
      "After that it renews its certificate by itself; the token is not needed any more."
    },
    mixinStandardHelpOptions = true,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT,
    footer = {
      "",
      "Examples:",
      "  tidemark-agent enroll --config agent.yaml --token-file token",
      "  sudo tidemark-agent enroll --token-file - < token",
      "  tidemark-agent enroll --config agent.yaml --token tmt_AbC...",
      "",
      "Others on this computer can see --token while the command runs; a file they cannot read is safer."
    })
final class Enroll implements Callable<Integer> {
  private final Agent agent;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private TokenSource.Given source;

  @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
  private @Nullable Path config;

  @Option(
      names = "--again",
      description = "Have another certificate made in the place of one that is there.")
  private boolean again;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  Enroll(Agent agent) {
    this.agent = agent;
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      AgentConfig read = agent.read(config);
      EnrolmentToken token = EnrolmentToken.parse(source.word());
      Credential made = Enrolment.enrol(read.device(), read.identityDir(), token, again);
      if (json) {
        out.println(
            Json.of(
                Map.of(
                    "device", made.identity().name(),
                    "certificateEnds", made.notAfter(),
                    "folder", read.identityDir())));
        out.flush();
        return Agent.CLEAN;
      }
      out.printf(
          "Enrolled as %s. The certificate is valid until %s and renews itself; it lies in %s%n",
          made.identity(), made.notAfter(), read.identityDir());
      if (!read.isEncrypted()) {
        out.println(
            "No gateway in the configuration is spoken to over TLS: write ssl://HOST in place of tcp://HOST:PORT, coaps://HOST in place of coap://HOST");
      }
      out.flush();
      return Agent.CLEAN;
    } catch (ConfigException | IdentityException | IOException | IllegalArgumentException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return Agent.COULD_NOT;
    }
  }
}
