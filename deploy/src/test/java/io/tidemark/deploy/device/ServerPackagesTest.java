package io.tidemark.deploy.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.Administrator;
import io.tidemark.deploy.pipeline.Installation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Gateway and ingest as Debian packages: hardened, not started unconfigured, and purged whole. */
@Tag("device")
class ServerPackagesTest {
  @Test
  void theyRunAsTheyAreConfiguredAndAreGoneWhenPurged() throws Exception {
    try (Site site = Site.start("servers")) {
      Machine machine = site.machine;
      for (String name : List.of("gateway", "ingest")) {
        machine.install(machine.bring("tidemark-" + name));
        String unit = "tidemark-%s.service".formatted(name);
        assertThat(machine.property(unit, "ActiveState")).isEqualTo("inactive");
        assertThat(machine.property(unit, "UnitFileState")).isEqualTo("enabled");
        machine.run("systemd-analyze", "verify", "/usr/lib/systemd/system/" + unit);
        machine.run(
            "systemd-analyze",
            "security",
            "--offline=true",
            "--threshold=25",
            "/usr/lib/systemd/system/" + unit);
      }
      machine.run("test", "-x", "/usr/share/tidemark-ingest/influxd-safely");
      ingestMakesAnAuthorityAndAnAdministratorsToken(machine);
      aGatewayEnrolsAndIsReady(site);
      for (String name : List.of("gateway", "ingest")) {
        goesOnAfterAnUpgradeThatFails(machine, "tidemark-" + name);
        purged(machine, "tidemark-" + name);
      }
    }
  }

  private static void ingestMakesAnAuthorityAndAnAdministratorsToken(Machine machine)
      throws Exception {
    machine.shell(
        "echo ' tidemark.identity.hosts = localhost' >>/etc/tidemark-ingest/ingest.properties &&"
            + " systemctl restart tidemark-ingest");
    Awaitility.await("ingest has said who may be the first administrator")
        .atMost(Site.LONG)
        .until(() -> machine.run("journalctl", "-u", "tidemark-ingest").contains("tms_"));
    assertThat(machine.shell("stat -c '%U %a' /var/lib/tidemark-ingest/identity/root.key"))
        .isEqualTo("tidemark-ingest 600");
    assertThat(machine.property("tidemark-ingest", "ActiveState")).isEqualTo("active");
  }

  /** At the ingest that is beside the machine. */
  private static void aGatewayEnrolsAndIsReady(Site site) throws Exception {
    Machine machine = site.machine;
    Administrator administrator = Objects.requireNonNull(site.pipeline.administrator());
    Path token = Files.createTempFile("gateway", ".token");
    Process made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-jar",
                Installation.find().home().resolve("deploy/target/tidemark.jar").toString(),
                "token",
                "create",
                "--api",
                site.pipeline.apiUrl(),
                "--authority",
                administrator.authority().toString(),
                "--api-key-file",
                administrator.keyFile().toString(),
                "--role",
                "gateway",
                "--name",
                "g9",
                "--host",
                "127.0.0.1")
            .redirectOutput(token.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(made.waitFor()).isZero();
    Files.move(token, machine.file("/root/token"), StandardCopyOption.REPLACE_EXISTING);
    machine.shell(
        """
        install -o tidemark-gateway -m 600 /root/token /etc/tidemark-gateway/enrolment-token
        cat >>/etc/tidemark-gateway/gateway.properties <<'END'
          tidemark.gateway.id = g9
        tidemark.cluster.peers=g9=127.0.0.1:9091
        tidemark.ingest.urls=%s
        END
        systemctl restart tidemark-gateway
        """
            .formatted(site.pipeline.apiUrl()));
    Awaitility.await("the gateway has its certificate, and reports to ingest")
        .atMost(Site.LONG)
        .until(
            () ->
                machine.file("/var/lib/tidemark-gateway/identity/credential.pem").toFile().exists()
                    && site.pipeline
                        .http()
                        .get(site.pipeline.apiUrl() + "/api/v1/gateways")
                        .toString()
                        .contains("\"g9\""));
    assertThat(machine.shell("stat -c %U /var/lib/tidemark-gateway/* | sort -u"))
        .isEqualTo("tidemark-gateway");
  }

  private static void goesOnAfterAnUpgradeThatFails(Machine machine, String name) throws Exception {
    String former = machine.property(name, "MainPID");
    machine.failToUpgrade("/root/%s.deb".formatted(name));
    assertThat(machine.property(name, "ActiveState")).isEqualTo("active");
    assertThat(machine.property(name, "MainPID")).isNotEqualTo(former);
  }

  private static void purged(Machine machine, String name) throws Exception {
    machine.shell("DEBIAN_FRONTEND=noninteractive apt-get remove -y " + name);
    assertThat(machine.tryRun("systemctl", "is-active", name).exitCode()).isNotZero();
    assertThat(machine.file("/var/lib/" + name)).exists();
    machine.shell("DEBIAN_FRONTEND=noninteractive apt-get purge -y " + name);
    for (String gone : List.of("/var/lib/", "/etc/", "/usr/share/")) {
      assertThat(machine.file(gone + name)).doesNotExist();
    }
    assertThat(machine.run("getent", "passwd", name)).contains("nologin");
  }
}
