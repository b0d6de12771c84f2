package io.tidemark.deploy.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.demo.Sums;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The agent's service when it is stuck, and when it is taken away. */
@Tag("device")
class AgentTroubleTest {
  private static final String JOURNAL = "/var/lib/tidemark-agent/journal.db";

  @Test
  void whoeverIsStuckIsStartedAgainAndWhatIsRemovedIsGone() throws Exception {
    try (Site site = Site.start("trouble")) {
      Machine machine = site.machine;
      machine.write(
          "/etc/systemd/system/tidemark-agent.service.d/test.conf",
          "[Service]\nWatchdogSec=4s\nRestartSec=1s\n");
      site.installAgent();
      site.hurry();
      site.awaitStored(20);

      long stopped = site.mainPid();
      machine.run("kill", "-STOP", Long.toString(stopped));
      site.awaitAnother(stopped);
      assertThat(machine.run("journalctl", "-u", Site.UNIT)).contains("Watchdog timeout");
      site.awaitStored(site.produced());

      aJournalThatCannotCommit(site);

      Sums sums = site.ledger();
      assertThat(sums.missing()).isZero();
      assertThat(sums.duplicates()).isZero();
      noLinkIsFollowed(machine);
      removedAndPurged(machine);
    }
  }

  private static void noLinkIsFollowed(Machine machine) throws Exception {
    machine.shell(
        """
        touch /root/of-root
        mv /etc/tidemark-agent/agent.yaml /root/agent.yaml
        ln -s /root/of-root /etc/tidemark-agent/agent.yaml
        DPKG_MAINTSCRIPT_PACKAGE=tidemark-agent /var/lib/dpkg/info/tidemark-agent.postinst configure
        """);
    assertThat(machine.run("stat", "-c", "%U", "/root/of-root")).isEqualTo("root");
    machine.shell(
        "mv -f /root/agent.yaml /etc/tidemark-agent/agent.yaml && systemctl restart " + Site.UNIT);
  }

  private static void aJournalThatCannotCommit(Site site) throws Exception {
    Machine machine = site.machine;
    long former = site.mainPid();
    machine.run(
        "systemd-run",
        "--unit=hold",
        "sh",
        "-c",
        "{ echo 'PRAGMA busy_timeout=20000; BEGIN EXCLUSIVE;'; sleep 1000; } | sqlite3 " + JOURNAL);
    Awaitility.await("the agent is ended").atMost(Site.LONG).until(() -> site.mainPid() != former);
    assertThat(machine.run("journalctl", "-u", Site.UNIT))
        .contains("No progress: the journal has committed nothing");
    machine.run("systemctl", "stop", "hold");
    site.awaitAnother(former);
    long before = site.produced();
    site.awaitStored(before + 20);
  }

  private static void removedAndPurged(Machine machine) throws Exception {
    machine.shell("DEBIAN_FRONTEND=noninteractive apt-get remove -y tidemark-agent");
    assertThat(machine.tryRun("systemctl", "is-active", Site.UNIT).exitCode()).isNotZero();
    assertThat(machine.file("/usr/share/tidemark-agent")).doesNotExist();
    assertThat(machine.file(JOURNAL)).exists();
    assertThat(machine.file("/etc/tidemark-agent/agent.yaml")).exists();

    machine.shell("DEBIAN_FRONTEND=noninteractive apt-get purge -y tidemark-agent");
    for (String gone :
        List.of("/var/lib/tidemark-agent", "/etc/tidemark-agent", "/var/cache/tidemark-agent")) {
      assertThat(machine.file(gone)).doesNotExist();
    }
    assertThat(machine.run("getent", "passwd", "tidemark-agent")).contains("nologin");
  }
}
