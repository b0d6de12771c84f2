package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.identity.IdentityException;
import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.service.ServiceManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Does once what a run does, with simulated sensors and a gateway that is not there, so that the
 * Java that runs it can archive the classes it takes. For the package's installation.
 */
@Command(
    name = "rehearse",
    hidden = true,
    description = "Runs for two seconds by itself, so that Java can archive its classes.",
    mixinStandardHelpOptions = true,
    exitCodeOnInvalidInput = Agent.USAGE,
    exitCodeOnExecutionException = Agent.COULD_NOT)
final class Rehearse implements Callable<Integer> {
  private static final Duration LENGTH = Duration.ofSeconds(2);

  private final Agent agent;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "An empty folder that it may fill.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Path dir;

  Rehearse(Agent agent) {
    this.agent = agent;
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      Assembly assembly = Assembly.open(config(), ServiceManager.of(Map.of(), 0));
      assembly.start();
      greet();
      Thread.sleep(LENGTH.toMillis());
      boolean unused = assembly.stop(Duration.ZERO);
      return Agent.CLEAN;
    } catch (ConfigException
        | IdentityException
        | JournalException
        | IOException
        | GeneralSecurityException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return Agent.COULD_NOT;
    }
  }

  private AgentConfig config() throws IOException, ConfigException {
    Path file = dir.resolve("agent.yaml");
    Files.writeString(
        file,
        """
        device: rehearsal
        gateways: ["tcp://127.0.0.1:9"]
        journal: {dir: "%s"}
        sensors:
          - {id: bus, driver: bme280, bus: simulated, interval: 500ms}
          - {id: board, driver: board, interval: 500ms}
          - {id: agent, driver: agent, interval: 500ms}
        """
            .formatted(dir.toAbsolutePath()));
    return agent.read(file);
  }

  /** The first words of TLS, to nobody. */
  private static void greet() throws GeneralSecurityException, SSLException {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("gateway.invalid", 8883);
    engine.setUseClientMode(true);
    var unused =
        engine.wrap(
            ByteBuffer.allocate(0), ByteBuffer.allocate(engine.getSession().getPacketBufferSize()));
  }
}
