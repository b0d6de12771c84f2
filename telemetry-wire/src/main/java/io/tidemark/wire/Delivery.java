package io.tidemark.wire;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a device handed to a gateway, unchanged.
 *
 * @param device whose it is by the address it came to (not by what the bytes say)
 * @param payload the bytes as received; owned by this record, not to be changed. Normally an
 *     encoded {@link Batch}, but a gateway that cannot refuse passes on whatever it was given.
 * @param problem why the gateway could make no readings of it; null if it could, or did not try
 * @param willTopic where the device wanted its last words said, if these are its last words (MQTT
 *     5, section 3.1.2.5); such a delivery has no readings. Else null.
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough: deliveries are never compared
public record Delivery(
    String device, byte[] payload, @Nullable String problem, @Nullable String willTopic) {
  /** Most characters of a problem; the rest is cut off. */
  public static final int PROBLEM_MAX_CHARS = 500;

  /** Checks the device's name. */
  public Delivery {
    Names.requireDevice(device);
    if (problem != null && problem.length() > PROBLEM_MAX_CHARS) {
      problem = problem.substring(0, PROBLEM_MAX_CHARS);
    }
  }

  /** Memory it is charged for: what a device has chosen the length of. */
  public int chargedBytes() {
    return payload.length
        + (willTopic == null ? 0 : willTopic.getBytes(StandardCharsets.UTF_8).length);
  }

  /** One nobody has found anything wrong with. */
  public Delivery(String device, byte[] payload) {
    this(device, payload, null, null);
  }

  /** One of which no readings could be made, and why. */
  public static Delivery withProblem(String device, byte[] payload, String problem) {
    return new Delivery(device, payload, problem, null);
  }

  /** What a device wanted said once its connection had ended without its word. */
  public static Delivery ofWill(String device, String topic, byte[] payload) {
    return new Delivery(device, payload, null, topic);
  }
}
