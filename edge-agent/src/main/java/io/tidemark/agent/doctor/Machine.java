package io.tidemark.agent.doctor;

import io.tidemark.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Looks at the computer: its Java, its buses, its clock, and where the journal lies. */
public final class Machine {
  /** A file is about twice as large as what is in it, if batches are very small. */
  private static final int FILE_PER_JOURNAL = 2;

  /** No agent is older: a clock that says less is wrong. */
  private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

  private static final int JAVA_MIN = 17;

  private final Path root;
  private final Instant now;

  /**
   * Looks at nothing yet.
   *
   * @param root where {@code dev}, {@code sys} and {@code run} are
   * @param now what the clock says
   */
  public Machine(Path root, Instant now) {
    this.root = root;
    this.now = now;
  }

  /** Looks at all of it. */
  public List<Finding> look(AgentConfig config) {
    List<Finding> findings = new ArrayList<>();
    findings.add(java(Runtime.version().feature()));
    findings.addAll(i2c(config));
    findings.addAll(oneWire(config));
    findings.add(clock());
    findings.add(journal(config.journal()));
    return findings;
  }

  static Finding java(int feature) {
    return feature >= JAVA_MIN
        ? Finding.good("java", "Java " + feature)
        : Finding.bad(
            "java",
            "Java " + feature,
            "install one of 17 or newer: sudo apt install openjdk-17-jre-headless");
  }

  /** Buses the configuration names. */
  private List<Finding> i2c(AgentConfig config) {
    TreeSet<Integer> numbers = new TreeSet<>();
    for (AgentConfig.Sensor sensor : config.sensors()) {
      if (sensor.place() instanceof AgentConfig.I2c i2c) {
        i2c.bus().ifPresent(numbers::add);
      }
    }
    return numbers.stream().map(this::bus).toList();
  }

  private Finding bus(int number) {
    Path device = root.resolve("dev/i2c-" + number);
    String subject = "i2c bus " + number;
    if (!Files.exists(device)) {
      return Finding.bad(
          subject,
          device + " is not there",
          "on a Raspberry Pi: sudo raspi-config nonint do_i2c 0 (writes dtparam=i2c_arm=on to /boot/firmware/config.txt), then restart it; elsewhere: sudo modprobe i2c-dev");
    }
    if (!Files.isReadable(device) || !Files.isWritable(device)) {
      return Finding.bad(
          subject,
          device + " may not be used by " + System.getProperty("user.name"),
          "sudo usermod -aG i2c tidemark-agent && sudo systemctl restart tidemark-agent");
    }
    return Finding.good(subject, device + " can be used");
  }

  private List<Finding> oneWire(AgentConfig config) {
    if (config.sensors().stream()
        .noneMatch(sensor -> sensor.place() instanceof AgentConfig.OneWire)) {
      return List.of();
    }
    Path devices = root.resolve("sys/bus/w1/devices");
    return List.of(
        Files.isDirectory(devices)
            ? Finding.good("1-wire bus", devices + " is there")
            : Finding.bad(
                "1-wire bus",
                devices + " is not there",
                "add dtoverlay=w1-gpio to /boot/firmware/config.txt and restart the Raspberry Pi"));
  }

  private Finding clock() {
    String fix = "sudo timedatectl set-ntp true, and see timedatectl";
    if (now.isBefore(EARLIEST)) {
      return Finding.bad("clock", "it says " + now, fix);
    }
    Path daemon = root.resolve("run/systemd/timesync");
    if (Files.exists(daemon.resolve("synchronized"))) {
      return Finding.good("clock", "set by the network's time");
    }
    return Files.isDirectory(daemon)
        ? Finding.doubtful(
            "clock", "it says %s, and no time server has been heard".formatted(now), fix)
        : Finding.good("clock", "it says " + now);
  }

  private Finding journal(AgentConfig.Journal journal) {
    Path dir = journal.dir();
    String owner = "sudo chown -R tidemark-agent: " + dir;
    try {
      Path existing = dir;
      while (!Files.exists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      if (!Files.isWritable(existing)) {
        return Finding.bad(
            "journal",
            existing + " cannot be written by " + System.getProperty("user.name"),
            owner);
      }
      long free = Files.getFileStore(existing).getUsableSpace();
      long wanted = FILE_PER_JOURNAL * journal.maxBytes();
      String says = "%s, %d MiB free".formatted(dir, free >> 20);
      return free >= wanted
          ? Finding.good("journal", says)
          : Finding.doubtful(
              "journal",
              "%s, of which a full journal may need %d".formatted(says, wanted >> 20),
              "free some space, or set a smaller journal.max-bytes");
    } catch (IOException e) {
      return Finding.bad("journal", "%s cannot be looked at: %s".formatted(dir, e), owner);
    }
  }
}
