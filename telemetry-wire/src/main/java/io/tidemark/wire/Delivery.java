package io.tidemark.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a device handed to a gateway, unchanged.
 *
 * @param device whose it is by the address it came to (not by what the bytes say)
 * @param payload the bytes as received; owned by this record, not to be changed. Normally an
 *     encoded {@link Batch}, but a gateway that cannot refuse passes on whatever it was given.
 * @param problem why the gateway could make no readings of it; null if it could, or did not try
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough: deliveries are never compared
public record Delivery(String device, byte[] payload, @Nullable String problem) {
  /** Most characters of a problem; the rest is cut off. */
  public static final int PROBLEM_MAX_CHARS = 500;

  /** Checks the device's name. */
  public Delivery {
    Names.requireDevice(device);
    if (problem != null && problem.length() > PROBLEM_MAX_CHARS) {
      problem = problem.substring(0, PROBLEM_MAX_CHARS);
    }
  }

  /** One nobody has found anything wrong with. */
  public Delivery(String device, byte[] payload) {
    this(device, payload, null);
  }
}
