package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.journal.JournalException;
import io.tidemark.agent.journal.JournalView;
import io.tidemark.agent.sensor.Sampler;
import io.tidemark.agent.service.StatusSocket;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Asks the running agent how it is; if none runs, its journal and its certificate. */
@Command(
    name = "status",
    description = {
      "Shows how the agent is: its gateway, what waits, its sensors, its certificate's end.",
      "Asks the agent that runs; if none does, says what its journal and its certificate say."
    },
    footer = {
      "",
      "Examples:",
      "  tidemark-agent status",
      "  tidemark-agent status --json",
      "",
      "Exit codes: 0 it runs, is connected, and all sensors give readings; 1 it does not; 2 could not find out."
    })
final class Status extends ConfiguredCommand {
  Status(Agent agent) {
    super(agent);
  }

  /** What {@link StatusSocket} says: whether it is clean, a line of JSON, and the text. */
  static String answer(StatusReport report) {
    return report.isClean() + "\n" + report.json() + "\n" + report.text();
  }

  /** Whether an answer says that a gateway is connected; the JSON has that key once. */
  static boolean isConnected(String answer) throws IOException {
    return !parts(answer)[1].contains("\"gateway\":null");
  }

  private static String[] parts(String answer) throws IOException {
    String[] parts = answer.split("\n", 3);
    if (parts.length < 3) {
      throw new IOException("the agent ended while it answered: ask again");
    }
    return parts;
  }

  @Override
  int tell(AgentConfig read) throws JournalException, IOException {
    String answer = StatusSocket.ask(read.journal().dir());
    String[] parts = parts(answer == null ? answer(ofFiles(read)) : answer);
    print(() -> parts[1], () -> parts[2]);
    return Boolean.parseBoolean(parts[0]) ? Agent.CLEAN : Agent.UNCLEAN;
  }

  private static StatusReport ofFiles(AgentConfig read) throws JournalException, IOException {
    long waiting =
        JournalView.read(read.journal().dir()).stream().mapToLong(JournalView.Epoch::waiting).sum();
    List<Sampler.Standing> sensors =
        read.sensors().stream()
            .map(sensor -> new Sampler.Standing(sensor.id(), sensor.driver(), ""))
            .toList();
    return new StatusReport(
        read.device(),
        "",
        null,
        "",
        null,
        null,
        waiting,
        null,
        0,
        "",
        certificateEnds(read.identityDir()),
        sensors);
  }

  private static @Nullable Instant certificateEnds(Path folder) throws IOException {
    return new CredentialFolder(folder).credential().map(Credential::notAfter).orElse(null);
  }
}
