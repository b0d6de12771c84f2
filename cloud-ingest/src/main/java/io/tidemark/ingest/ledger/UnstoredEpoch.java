package io.tidemark.ingest.ledger;

import java.util.List;

/**
 * An epoch, and what of it there is no row of.
 *
 * @param epoch which
 * @param produced how many numbers it has so far: the next one's number
 * @param ranges ascending
 * @param more whether there are older ranges than these
 */
public record UnstoredEpoch(long epoch, long produced, List<Unstored> ranges, boolean more) {}
