package io.tidemark.sim;

import com.sun.management.UnixOperatingSystemMXBean;
import io.tidemark.sim.link.coap.CoapClient;
import io.tidemark.sim.link.mqtt.MqttClient;
import io.tidemark.sim.record.StreamState;
import io.tidemark.sim.rogue.RogueGroup;
import io.tidemark.sim.rogue.RogueSettings;
import io.tidemark.sim.rogue.Rogues;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.List;

/**
 * The misbehaving devices of a run.
 *
 * @param groups may be empty
 * @param prefix before their names
 */
record RoguePlan(List<RogueGroup> groups, String prefix) {
  static final RoguePlan NONE = new RoguePlan(List.of(), "");

  private static final int SOCKETS_MAX = 2_000;
  private static final int SOCKETS_MIN = 16;
  private static final int DEVICES_KNOWN_MAX = 100;

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException that names what is wrong
   */
  RoguePlan {
    RogueSettings.check(groups, prefix);
  }

  /**
   * Makes them, beside those devices; they do nothing yet.
   *
   * @throws IllegalArgumentException if they do not speak what a gateway does
   */
  Rogues make(List<URI> gateways, List<StreamState> devices, long seed) {
    if (!groups.isEmpty()
        && gateways.stream()
            .anyMatch(
                gateway -> MqttClient.isEncrypted(gateway) || CoapClient.isEncrypted(gateway))) {
      throw new IllegalArgumentException(
          "rogues speak to tcp:// and coap:// gateways, and to neither ssl:// nor coaps://: leave one of them out");
    }
    return new Rogues(
        new RogueSettings(
            gateways,
            groups,
            prefix,
            seed,
            devices.stream().limit(DEVICES_KNOWN_MAX).map(StreamState::device).toList(),
            socketsMax(devices.size()),
            RogueSettings.PATIENCE));
  }

  /** Half of the open files that the good devices leave, if the system says how many it gives. */
  private static int socketsMax(int devices) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      long left = unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount() - devices;
      return (int) Math.max(SOCKETS_MIN, Math.min(SOCKETS_MAX, left / 2));
    }
    return SOCKETS_MAX;
  }
}
