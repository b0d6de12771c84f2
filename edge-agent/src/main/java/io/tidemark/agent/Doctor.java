package io.tidemark.agent;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.config.ConfigException;
import io.tidemark.agent.doctor.Finding;
import io.tidemark.agent.doctor.Machine;
import io.tidemark.agent.doctor.Way;
import io.tidemark.agent.service.StatusSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;

/** Looks at everything a device needs, and says how to mend what is missing. */
@Command(
    name = "doctor",
    description = {
      "Looks at everything this device needs for its readings to arrive: Java, buses, the clock, the journal's disk, the certificate, the way to each gateway, each sensor, and the running agent.",
      "Each finding comes with what to do about it. Changes nothing."
    },
    footer = {
      "",
      "Examples:",
      "  sudo tidemark-agent doctor",
      "  sudo tidemark-agent doctor --json",
      "",
      "Exit codes: 0 nothing is bad; 1 something is; 2 the configuration is wrong."
    })
final class Doctor extends ConfiguredCommand {
  Doctor(Agent agent) {
    super(agent);
  }

  @Override
  int tell(AgentConfig read) throws InterruptedException {
    List<Finding> findings = look(read);
    print(() -> Json.of(findings.stream().map(Doctor::map).toList()), () -> text(findings));
    return findings.stream().anyMatch(one -> one.state() == Finding.State.BAD)
        ? Agent.UNCLEAN
        : Agent.CLEAN;
  }

  @Override
  int refuse(ConfigException why) {
    int code = super.refuse(why);
    err().println("Without a configuration there is nothing to look at: sudo tidemark-agent setup");
    return code;
  }

  private static List<Finding> look(AgentConfig config) throws InterruptedException {
    Instant now = Instant.now();
    List<Finding> findings = new ArrayList<>(new Machine(Path.of("/"), now).look(config));
    findings.addAll(Way.look(config, now));
    for (Sensors.Taken taken : Sensors.takeAll(config, List.of())) {
      boolean good = taken.problem().isEmpty();
      findings.add(
          new Finding(
              "sensor " + taken.id(),
              good ? Finding.State.GOOD : Finding.State.BAD,
              good ? "gives readings" : taken.problem(),
              good ? "" : "compare with: sudo tidemark-agent sensors list"));
    }
    findings.add(running(config));
    return findings;
  }

  private static Finding running(AgentConfig config) {
    try {
      String answer = StatusSocket.ask(config.journal().dir());
      if (answer == null) {
        return new Finding(
            "agent",
            Finding.State.BAD,
            "does not run",
            "sudo systemctl enable --now tidemark-agent; if that fails: journalctl -u tidemark-agent");
      }
      // Who is shut out, or superseded, learns it only after the handshake: the agent, not the look
      // at the way.
      return Status.isConnected(answer)
          ? new Finding("agent", Finding.State.GOOD, "runs, and a gateway takes it", "")
          : new Finding(
              "agent",
              Finding.State.BAD,
              "runs, and no gateway takes it",
              "see why not: journalctl -u tidemark-agent; if it has not just started, ask the administrator whether this device is shut out, or its certificate superseded: tidemark device list");
    } catch (IOException e) {
      return new Finding(
          "agent",
          Finding.State.BAD,
          String.valueOf(e.getMessage()),
          "run this with sudo; if it does not answer: sudo systemctl restart tidemark-agent");
    }
  }

  private static Map<String, Object> map(Finding finding) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("subject", finding.subject());
    one.put("state", finding.state().name().toLowerCase(Locale.ROOT));
    one.put("says", finding.says());
    one.put("fix", finding.fix());
    return one;
  }

  private static String text(List<Finding> findings) {
    Table table = new Table("STATE", "WHAT", "SAYS");
    for (Finding finding : findings) {
      table.row(finding.state().name().toLowerCase(Locale.ROOT), finding.subject(), finding.says());
      if (!finding.fix().isEmpty()) {
        table.row("", "", "-> " + finding.fix());
      }
    }
    return table.toString();
  }
}
