package io.tidemark.deploy.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.deploy.demo.Sums;
import java.nio.file.Files;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The agent as a Debian package: installed, set up, killed and upgraded, and no reading lost. */
@Tag("device")
@Tag("core")
@Timeout(900)
class AgentPackageTest {
  @Test
  void whatIsReadIsStoredThoughTheAgentIsKilledAndUpgraded() throws Exception {
    try (Site site = Site.start("package")) {
      Machine machine = site.machine;
      theScriptInstallsIt(site);
      assertThat(machine.property(Site.UNIT, "ActiveState"))
          .as("not configured")
          .isEqualTo("inactive");
      assertThat(machine.property(Site.UNIT, "UnitFileState")).isEqualTo("enabled");
      assertThat(machine.property(Site.UNIT, "TimeoutStartUSec"))
          .as("a large journal may be checked for long")
          .isEqualTo("infinity");
      assertThat(machine.file("/var/cache/tidemark-agent/classes.jsa")).exists();
      machine.run("systemd-analyze", "verify", "/usr/lib/systemd/system/" + Site.UNIT);
      machine.run(
          "systemd-analyze",
          "security",
          "--offline=true",
          "--threshold=25",
          "/usr/lib/systemd/system/" + Site.UNIT);

      site.enrolLater();
      site.hurry();
      site.awaitStored(20);
      commandsSayHowItIs(site);
      assertThat(machine.run("sh", "/root/install.sh", site.pipeline.apiUrl()))
          .endsWith("this device is set up. To see how it is: sudo tidemark-agent status");

      long killed = site.mainPid();
      machine.run("kill", "-KILL", Long.toString(killed));
      site.awaitAnother(killed);
      site.awaitStored(site.produced());

      upgradeWithAJournalInUse(site);

      long former = site.mainPid();
      machine.failToUpgrade("/root/tidemark-agent.deb");
      site.awaitAnother(former);
      assertThat(machine.run("dpkg-query", "-W", "-f", "${Version}", "tidemark-agent"))
          .isEqualTo("0.1.1");

      machine.run("systemctl", "stop", Site.UNIT);
      long produced = site.produced();
      assertThat(site.journal()).as("epochs").hasSize(1);
      machine.run("systemctl", "start", Site.UNIT);
      site.awaitStored(produced);
      Sums sums = site.ledger();
      assertThat(sums.missing()).isZero();
      assertThat(sums.duplicates()).isZero();
      assertThat(sums.dropped()).isZero();
    }
  }

  /** By the line that the page of enrolment tokens shows, and by the script alone. */
  private static void theScriptInstallsIt(Site site) throws Exception {
    Machine machine = site.machine;
    machine.bring("tidemark-agent");
    Files.copy(
        Objects.requireNonNull(site.pipeline.administrator()).authority(),
        machine.file("/root/root.pem"));
    String url = site.pipeline.apiUrl();
    String sha256 =
        machine.shell(
            "curl -fsS --cacert /root/root.pem %s/install | sha256sum | cut -c-64".formatted(url));
    machine.shell(
        "cd /root && curl -kfsSo install.sh %s/install && echo '%s  install.sh' | sha256sum -c"
            .formatted(url, sha256));

    Machine.Run another =
        machine.tryRun(
            "sh",
            "-c",
            "setpriv --reuid=65534 --regid=65534 --clear-groups sh -s -- %s </root/install.sh"
                .formatted(url));
    assertThat(another.exitCode()).as(another.said()).isEqualTo(1);
    assertThat(another.said()).contains("bad   root ", "Nothing was installed.");
    Machine.Run stranger =
        machine.tryRun("sh", "-c", "sed '/-BEGIN/,/-END/d' /root/install.sh | sh -s -- " + url);
    assertThat(stranger.exitCode()).as(stranger.said()).isEqualTo(1);
    assertThat(stranger.said()).contains("is not shown to be the ingest");
    assertThat(machine.tryRun("dpkg", "-s", "tidemark-agent").exitCode()).isNotZero();

    assertThat(machine.run("sh", "/root/install.sh", url))
        .contains("good  ingest     " + url, "good  java       is there")
        .endsWith("--token-file - < FILE");
  }

  private static void commandsSayHowItIs(Site site) throws Exception {
    Machine machine = site.machine;
    JsonNode status =
        new ObjectMapper().readTree(machine.run("tidemark-agent", "status", "--json"));
    assertThat(status.path("device").asText()).isEqualTo("pi-9");
    assertThat(status.path("gateway").asText()).isEqualTo(site.pipeline.mqttUrl());
    assertThat(status.path("clean").asBoolean()).as(status.toString()).isTrue();
    assertThat(machine.run("tidemark-agent", "doctor"))
        .contains("is gateway g1", "certificate", "agent")
        .doesNotContain("bad ");
    assertThat(machine.run("tidemark-agent", "sensors", "read", "simulated"))
        .contains("temperature");
    assertThat(machine.shell("stat -c %U /var/lib/tidemark-agent/* | sort -u"))
        .isEqualTo("tidemark-agent");
  }

  /** While no gateway takes anything, so that the journal is all there is. */
  private static void upgradeWithAJournalInUse(Site site) throws Exception {
    Machine machine = site.machine;
    site.pipeline.gateway().kill();
    long before = site.produced();
    Awaitility.await("readings wait in the journal")
        .atMost(Site.LONG)
        .until(() -> site.produced() >= before + 20);
    long former = site.mainPid();
    machine.install(machine.version("/root/tidemark-agent.deb", "0.1.1"));
    site.awaitAnother(former);
    assertThat(machine.run("dpkg-query", "-W", "-f", "${Version}", "tidemark-agent"))
        .isEqualTo("0.1.1");
    assertThat(machine.shell("grep ^device: /etc/tidemark-agent/agent.yaml")).contains("pi-9");
    long after = site.produced();
    assertThat(after).isGreaterThanOrEqualTo(before + 20);
    Awaitility.await("it goes on").atMost(Site.LONG).until(() -> site.produced() >= after + 20);
    site.pipeline.startGateway();
    site.awaitStored(after + 20);
  }
}
