package io.tidemark.ingest.ledger;

import org.jspecify.annotations.Nullable;

/**
 * What was done with something in the quarantine.
 *
 * @param id ascending; 0 before it is recorded
 * @param atNanos when, nanoseconds since 1970 UTC
 * @param action {@code replay}, {@code discard}, or {@code evict} by the quarantine's bound
 * @param item the quarantine's number of it
 * @param device whose
 * @param epoch its epoch, or null for a whole payload
 * @param sequence its number, or null for a whole payload
 * @param reason why it was in the quarantine
 * @param outcome {@code stored}, {@code refused} or {@code dropped}
 * @param note what the one who did it said; empty if nothing
 */
public record Action(
    long id,
    long atNanos,
    String action,
    long item,
    String device,
    @Nullable Long epoch,
    @Nullable Long sequence,
    String reason,
    String outcome,
    String note) {}
