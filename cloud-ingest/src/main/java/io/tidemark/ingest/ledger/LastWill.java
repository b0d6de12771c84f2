package io.tidemark.ingest.ledger;

/**
 * The last words of a device: what it had wanted said once its connection ended without its word.
 *
 * @param device whose they are
 * @param receivedAtNanos when its gateway put them into its log, nanoseconds since 1970 UTC
 * @param saidAtNanos the same, comparable with when the device was last seen: not later than now,
 *     and earlier than what the device is known to have sent since
 * @param topic where it wanted them said
 * @param payload the words, whatever they are
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LastWill(
    String device, long receivedAtNanos, long saidAtNanos, String topic, byte[] payload) {}
