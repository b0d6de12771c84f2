package io.tidemark.sim.payload;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The payloads there are, and which of them a device sends. */
public final class Payloads {
  /** What devices send that are not told otherwise. */
  public static final Payload BATCH = new BatchPayload();

  private static final List<Payload> ALL =
      List.of(BATCH, new JsonPayload(), SenmlPayload.json(), SenmlPayload.cbor());

  private Payloads() {}

  /** The payload called {@code id}, if there is one. */
  public static Optional<Payload> of(String id) {
    return ALL.stream().filter(payload -> payload.id().equals(id)).findFirst();
  }

  /** What all are called. */
  public static List<String> ids() {
    return ALL.stream().map(Payload::id).toList();
  }

  /**
   * What each device of a record sends, by its name.
   *
   * @param settings the record's: {@code payload}, or for devices that are called {@code
   *     group.I.prefix} and digits {@code group.I.payload}; batches where neither is there
   * @throws IllegalArgumentException if there is a payload that is not known
   */
  public static Function<String, Payload> ofDevices(Map<String, String> settings) {
    Payload all = named(settings.getOrDefault("payload", BATCH.id()));
    Map<String, Payload> byPrefix = new HashMap<>();
    for (int i = 0; settings.containsKey("group." + i + ".prefix"); i++) {
      String id = settings.getOrDefault("group." + i + ".payload", BATCH.id());
      byPrefix.put(settings.get("group." + i + ".prefix"), named(id));
    }
    return byPrefix.isEmpty()
        ? device -> all
        : device -> byPrefix.getOrDefault(prefixOf(device, byPrefix), all);
  }

  /** A name has five digits behind its prefix, or is that of the hundred-thousandth device. */
  private static String prefixOf(String device, Map<String, Payload> byPrefix) {
    String prefix = device.substring(0, Math.max(0, device.length() - 5));
    return byPrefix.containsKey(prefix) || prefix.isEmpty()
        ? prefix
        : prefix.substring(0, prefix.length() - 1);
  }

  private static Payload named(String id) {
    return of(id)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the record is of devices that send %s, which is not known; there are %s"
                        .formatted(id, String.join(", ", ids()))));
  }
}
