package io.tidemark.sim.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a device stands according to the record.
 *
 * @param epochs in the order in which it had them, at least one; the last goes on
 */
public record DeviceState(String device, List<StreamState> epochs) {
  /** Copies the list. */
  public DeviceState {
    epochs = List.copyOf(epochs);
  }

  /** The epoch that goes on. */
  public StreamState current() {
    return epochs.get(epochs.size() - 1);
  }

  /** The devices of a record, in order. */
  public static List<DeviceState> of(List<StreamState> streams) {
    Map<String, List<StreamState>> byDevice = new LinkedHashMap<>();
    for (StreamState stream : streams) {
      byDevice.computeIfAbsent(stream.device(), d -> new ArrayList<>(1)).add(stream);
    }
    List<DeviceState> devices = new ArrayList<>(byDevice.size());
    byDevice.forEach((device, epochs) -> devices.add(new DeviceState(device, epochs)));
    return devices;
  }
}
