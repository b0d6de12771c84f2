package io.tidemark.sim;

import io.tidemark.sim.hardware.HardwareAgent;
import io.tidemark.sim.record.HardwareFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The edge agent that runs beside the devices.
 *
 * @param jar null for none
 * @param prefix before its name
 */
record HardwarePlan(@Nullable Path jar, String prefix) {
  static final HardwarePlan NONE = new HardwarePlan(null, "");

  /** Where a checkout's launcher says that the agent's jar is. */
  private static final String JAR_PROPERTY = "tidemark.agent.jar";

  private static final String DEVICE = "hardware";

  /**
   * As a flag asks for it.
   *
   * @param flag the jar; empty for the checkout's, null for no agent
   * @throws IllegalArgumentException if there is no such jar
   */
  static HardwarePlan of(@Nullable String flag, String prefix) {
    if (flag == null) {
      return NONE;
    }
    String jar = flag.isEmpty() ? System.getProperty(JAR_PROPERTY, "") : flag;
    if (jar.isEmpty()) {
      throw new IllegalArgumentException(
          "--hardware needs the edge agent's jar, as in --hardware=edge-agent/target/edge-agent.jar (only in a checkout ./tidemark sim knows where it is)");
    }
    Path file = Path.of(jar);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "--hardware must be the edge agent's jar, but there is no file %s (a scenario is written before --hardware)"
              .formatted(jar));
    }
    return new HardwarePlan(file, prefix);
  }

  /** Starts it, after one that a killed run left has been ended; null if there is none. */
  @Nullable HardwareAgent start(
      Path record, List<URI> gateways, @Nullable Path tokenFile, Duration drain)
      throws IOException, InterruptedException {
    HardwareFolder folder = HardwareFolder.of(record);
    HardwareAgent.endLeft(folder);
    return jar == null
        ? null
        : HardwareAgent.start(jar, folder, prefix + DEVICE, gateways, tokenFile, drain);
  }
}
