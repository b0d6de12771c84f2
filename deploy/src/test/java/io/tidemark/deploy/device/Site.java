package io.tidemark.deploy.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.demo.Sums;
import io.tidemark.deploy.pipeline.Installation;
import io.tidemark.deploy.pipeline.Pipeline;
import io.tidemark.deploy.pipeline.Ports;
import io.tidemark.deploy.pipeline.Security;
import io.tidemark.deploy.pipeline.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A machine with the agent's package, and beside it ingest and a gateway that believe nobody
 * without a certificate. Used by one thread.
 */
final class Site implements AutoCloseable {
  static final String UNIT = "tidemark-agent.service";
  static final Duration LONG = Duration.ofMinutes(2);

  private static final String SET_UP =
      "tidemark-agent setup --device pi-9 --gateway %s --simulated";

  final Machine machine;
  final Pipeline pipeline;

  private Site(Machine machine, Pipeline pipeline) {
    this.machine = machine;
    this.pipeline = pipeline;
  }

  /** Starts all of it; nothing is installed yet. */
  static Site start(String name) throws IOException, InterruptedException {
    return start(name, Machine::boot);
  }

  /** The same with another machine. */
  static Site start(String name, Machine.Maker maker) throws IOException, InterruptedException {
    Path folder =
        Installation.find().home().resolve("deploy/target/device").resolve(name + "-site");
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Pipeline pipeline =
        new Pipeline(
            Installation.find(),
            folder,
            Ports.free(),
            Surroundings.SHARED,
            null,
            "tidemark",
            new Security(true, null));
    Machine machine = maker.make(name);
    try {
      pipeline.startServers();
      return new Site(machine, pipeline);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      pipeline.close();
      machine.close();
      throw e;
    }
  }

  /** Installs the agent, and has it set up by its own commands, with a simulated sensor. */
  void installAgent() throws IOException, InterruptedException {
    machine.install(machine.bring("tidemark-agent"));
    bringToken();
    machine.shell(SET_UP.formatted(pipeline.mqttUrl()) + " --token-file - < /root/token");
  }

  /** The same in two steps, with time between them; it is installed already. */
  void enrolLater() throws IOException, InterruptedException {
    bringToken();
    assertThat(machine.shell(SET_UP.formatted(pipeline.mqttUrl())))
        .contains("This device is not enrolled");
    machine.run("systemctl", "start", UNIT);
    assertThat(machine.property(UNIT, "ActiveState")).as("not enrolled").isEqualTo("inactive");
    assertThat(machine.property(UNIT, "NRestarts")).isEqualTo("0");
    machine.shell("tidemark-agent enroll --token-file - < /root/token");
  }

  /** Takes a token for one device along, as {@code /root/token}. */
  void bringToken() throws IOException {
    Files.copy(
        Objects.requireNonNull(pipeline.deviceToken()),
        machine.file("/root/token"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Has the agent read ten times a second, and commit as often. */
  void hurry() throws IOException, InterruptedException {
    machine.shell(
        "sed -i 's/interval: 1s/interval: 100ms/; $ a journal: {commit-interval: 100ms}'"
            + " /etc/tidemark-agent/agent.yaml && systemctl restart "
            + UNIT);
  }

  /** What the agent's journal says. */
  JsonNode journal() throws IOException, InterruptedException {
    return new ObjectMapper().readTree(machine.run("tidemark-agent", "journal", "--json"));
  }

  /** Readings the agent has numbered, over all epochs. */
  long produced() throws IOException, InterruptedException {
    long sum = 0;
    for (JsonNode epoch : journal()) {
      sum += epoch.path("nextSequence").asLong();
    }
    return sum;
  }

  /** What the ledger has of all devices, of which the agent is the only one. */
  Sums ledger() throws IOException, InterruptedException {
    return Sums.of(
        pipeline.http().get(pipeline.apiUrl() + "/api/v1/ledger?fresh=true").path("totals"));
  }

  /** Waits until so many are stored. */
  void awaitStored(long count) {
    Awaitility.await(count + " rows")
        .atMost(LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> ledger().stored() >= count);
  }

  /** The process that runs the agent; 0 if none does. */
  long mainPid() throws IOException, InterruptedException {
    return Long.parseLong(machine.property(UNIT, "MainPID"));
  }

  /** Waits until another process than this runs the agent, and works. */
  void awaitAnother(long former) {
    Awaitility.await("another agent than " + former)
        .atMost(LONG)
        .until(() -> mainPid() != former && machine.property(UNIT, "ActiveState").equals("active"));
  }

  @Override
  public void close() throws InterruptedException {
    machine.close();
    pipeline.close();
  }
}
