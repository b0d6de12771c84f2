package io.tidemark.ingest.quarantine;

import org.jspecify.annotations.Nullable;

/**
 * Some items of the quarantine.
 *
 * @param reason with this reason
 * @param device of this device, or null for all
 * @param after with a higher id
 * @param upTo with this id or a lower one: what comes later is left alone
 */
public record Selection(Reason reason, @Nullable String device, long after, long upTo) {}
