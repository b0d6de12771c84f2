package io.tidemark.wire;

/**
 * What a device handed to a gateway, unchanged.
 *
 * @param device whose it is by the address it came to (not by what the bytes say)
 * @param payload the bytes as received; owned by this record, not to be changed. Normally an
 *     encoded {@link Batch}, but a gateway that cannot refuse passes on whatever it was given.
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough: deliveries are never compared
public record Delivery(String device, byte[] payload) {
  public Delivery {
    Names.requireDevice(device);
  }
}
