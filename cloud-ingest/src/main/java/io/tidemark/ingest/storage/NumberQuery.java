package io.tidemark.ingest.storage;

/**
 * Which numbers of an epoch to look for.
 *
 * @param key whose
 * @param first the lowest number
 * @param last the highest number, inclusive
 * @param fromNanos only rows from this time on, inclusive: keeps the search to a part of the store
 * @param toNanos only rows up to this time, inclusive
 */
public record NumberQuery(EpochKey key, long first, long last, long fromNanos, long toNanos) {}
