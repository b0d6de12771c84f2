package io.tidemark.deploy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemark.deploy.pipeline.ChildProcess;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The agent's package on an arm64 system, with a BME280 on its I2C bus: what the chip says goes
 * through Pi4J's own code for such boards, and is stored as the datasheet's example has it.
 */
@Tag("device")
class AgentOnArmTest {
  private static final String SENSOR = "bme280-76";

  @Test
  void whatABme280SaysIsStored() throws Exception {
    try (Site site = Site.start("arm64", Machine::emulated)) {
      Machine machine = site.machine;
      assertThat(machine.run("dpkg", "--print-architecture")).isEqualTo("arm64");
      // As on a Raspberry Pi: the bus is of a group, into which the package puts its user.
      machine.shell("addgroup --system i2c && chgrp i2c /dev/i2c-1 && chmod 660 /dev/i2c-1");
      machine.install(machine.bring("tidemark-agent"));
      assertThat(machine.file("/var/cache/tidemark-agent/classes.jsa")).exists();
      String bus = "LD_PRELOAD=" + machine.preloaded("bme280.c");
      site.bringToken();
      assertThat(
              machine.shell(
                  "%s tidemark-agent setup --device pi-9 --gateway %s --token-file - < /root/token"
                      .formatted(bus, site.pipeline.mqttUrl())))
          .containsPattern(SENSOR + " +bme280 +bus 1, address 0x76")
          .doesNotContain("0x77")
          .contains("Enrolled;");

      ChildProcess agent = machine.spawn("agent", "env", bus, "tidemark-agent", "run");
      JsonNode values = awaitRow(site, agent).path("values");
      assertThat(values.path("temperature").asDouble()).isEqualTo(25.08);
      assertThat(values.path("pressure").asDouble()).isCloseTo(25_767_233 / 25_600.0, within(1e-9));
      assertThat(values.path("humidity").asDouble()).isCloseTo(44_909 / 1_024.0, within(1e-9));
    }
  }

  /** The newest row of the sensor, once there is one. */
  private static JsonNode awaitRow(Site site, ChildProcess agent) {
    AtomicReference<JsonNode> found = new AtomicReference<>();
    Awaitility.await("a row of " + SENSOR)
        .atMost(Site.LONG)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              assertThat(agent.isAlive()).as(agent.logTail()).isTrue();
              for (JsonNode row :
                  site.pipeline
                      .http()
                      .get(site.pipeline.apiUrl() + "/api/v1/devices/pi-9/latest")
                      .path("items")) {
                if (row.path("sensor").asText().equals(SENSOR)) {
                  found.set(row);
                }
              }
              return found.get() != null;
            });
    return found.get();
  }
}
