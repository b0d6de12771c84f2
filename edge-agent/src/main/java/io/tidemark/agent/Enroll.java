package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.identity.Enrolment;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.identity.Credential;
import io.tidemark.identity.EnrolmentToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
      "  java -jar edge-agent.jar enroll --config agent.yaml --token-file token",
      "  java -jar edge-agent.jar enroll --config agent.yaml --token-file - < token",
      "  java -jar edge-agent.jar enroll --config agent.yaml --token tmt_AbC...",
      "",
      "Others on this computer can see --token while the command runs; a file they cannot read is safer."
    })
final class Enroll implements Callable<Integer> {
  private static final int TOKEN_FILE_MAX_BYTES = 8192;

  /** One of them. */
  private static final class Source {
    @Option(names = "--token", paramLabel = "TOKEN", description = "The token.")
    private @Nullable String token;

    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description = "The file it is in; - for standard input.")
    private @Nullable String file;
  }

  private final Agent agent;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Source source;

  @Option(names = "--config", paramLabel = "FILE", description = "The configuration.")
  private @Nullable Path config;

  @Option(
      names = "--again",
      description = "Have another certificate made in the place of one that is there.")
  private boolean again;

  Enroll(Agent agent) {
    this.agent = agent;
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      AgentConfig read = agent.read(config);
      EnrolmentToken token = EnrolmentToken.parse(word());
      Credential made = Enrolment.enrol(read.device(), read.identityDir(), token, again);
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

  private String word() throws IOException {
    if (source.token != null) {
      return source.token;
    }
    String file = String.valueOf(source.file);
    try (var in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
      return new String(in.readNBytes(TOKEN_FILE_MAX_BYTES), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new IOException("the token cannot be read from %s (%s)".formatted(file, e), e);
    }
  }
}
