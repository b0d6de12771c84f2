package io.tidemark.ingest.quarantine;

import org.jspecify.annotations.Nullable;

/**
 * An item of the quarantine.
 *
 * @param id its number, ascending in the order of arrival
 * @param device at whose address it came
 * @param epoch its epoch, or null for a whole payload
 * @param sequence its number, or null for a whole payload
 * @param reason why it is here
 * @param detail what exactly, for people
 * @param receivedAtNanos when a gateway received it, nanoseconds since 1970 UTC
 * @param payloadBytes how many bytes it came in
 * @param payload these bytes; none if they were not asked for
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Quarantined(
    long id,
    String device,
    @Nullable Long epoch,
    @Nullable Long sequence,
    String reason,
    String detail,
    long receivedAtNanos,
    int payloadBytes,
    byte[] payload) {}
