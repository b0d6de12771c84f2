package io.tidemark.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.agent.config.AgentConfig;
import io.tidemark.agent.doctor.Finding.State;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each thing that a device may lack is found, and comes with what to do. */
class MachineTest {
  private static final Instant NOW = Instant.parse("2027-03-01T12:00:00Z");

  @TempDir private Path root;

  private List<Finding> look(Instant now, long journalMaxBytes) {
    AgentConfig config =
        new AgentConfig(
            "pi-1",
            List.of(URI.create("tcp://g:1883")),
            root.resolve("i"),
            null,
            new AgentConfig.Journal(
                root.resolve("journal"),
                journalMaxBytes,
                Duration.ofHours(3),
                Duration.ofSeconds(1)),
            List.of(
                new AgentConfig.Sensor(
                    "roof",
                    "bme280",
                    new AgentConfig.I2c(OptionalInt.of(1), 0x76),
                    Duration.ofSeconds(7)),
                new AgentConfig.Sensor(
                    "boiler",
                    "ds18b20",
                    new AgentConfig.OneWire(OptionalInt.empty(), "28-00000000000f"),
                    Duration.ofSeconds(10))));
    return new Machine(root, now).look(config);
  }

  private static Finding of(List<Finding> findings, String subject) {
    return findings.stream().filter(one -> one.subject().equals(subject)).findFirst().orElseThrow();
  }

  @Test
  void whatIsMissingIsNamedWithAFix() {
    List<Finding> findings = look(Instant.parse("1970-01-01T00:07:00Z"), Long.MAX_VALUE / 4);
    assertThat(of(findings, "i2c bus 1").state()).isEqualTo(State.BAD);
    assertThat(of(findings, "i2c bus 1").fix()).contains("do_i2c 0", "dtparam=i2c_arm=on");
    assertThat(of(findings, "1-wire bus").state()).isEqualTo(State.BAD);
    assertThat(of(findings, "1-wire bus").fix()).contains("dtoverlay=w1-gpio");
    assertThat(of(findings, "clock").state()).isEqualTo(State.BAD);
    assertThat(of(findings, "clock").says()).contains("1970");
    assertThat(of(findings, "journal").state()).isEqualTo(State.DOUBTFUL);
    assertThat(of(findings, "journal").fix()).contains("journal.max-bytes");
  }

  @Test
  void whatIsThereIsGood() throws Exception {
    Files.createDirectories(root.resolve("dev"));
    Files.createFile(root.resolve("dev/i2c-1"));
    Files.createDirectories(root.resolve("sys/bus/w1/devices"));
    Files.createDirectories(root.resolve("run/systemd/timesync"));
    List<Finding> findings = look(NOW, 1 << 20);
    assertThat(of(findings, "clock").state()).as("no server heard").isEqualTo(State.DOUBTFUL);
    Files.createFile(root.resolve("run/systemd/timesync/synchronized"));
    findings = look(NOW, 1 << 20);
    assertThat(findings).allMatch(one -> one.state() == State.GOOD && one.fix().isEmpty());
    assertThat(findings).hasSize(5);
  }

  @Test
  void anOldJavaIsTold() {
    assertThat(Machine.java(11).fix()).contains("openjdk-17-jre-headless");
    assertThat(Machine.java(17).state()).isEqualTo(State.GOOD);
  }
}
