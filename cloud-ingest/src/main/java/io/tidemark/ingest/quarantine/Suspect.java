package io.tidemark.ingest.quarantine;

import org.jspecify.annotations.Nullable;

/**
 * What is to be quarantined.
 *
 * @param device at whose address it came
 * @param epoch its epoch, or null for a whole payload
 * @param sequence its number, or null for a whole payload
 * @param reason why
 * @param detail what exactly, for people
 * @param receivedAtNanos when a gateway received it, nanoseconds since 1970 UTC
 * @param payload the bytes it came in, not copied
 * @param occurrence for a whole payload: how often the same bytes came before within the same log
 *     entry; tells several of them apart from one that was forwarded twice
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Suspect(
    String device,
    @Nullable Long epoch,
    @Nullable Long sequence,
    Reason reason,
    String detail,
    long receivedAtNanos,
    byte[] payload,
    int occurrence) {}
