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
public record NumberQuery(EpochKey key, long first, long last, long fromNanos, long toNanos) {
  /** Looks for what either looks for, and for what lies between; of one epoch. */
  public static NumberQuery join(NumberQuery a, NumberQuery b) {
    return new NumberQuery(
        a.key,
        Math.min(a.first, b.first),
        Math.max(a.last, b.last),
        Math.min(a.fromNanos, b.fromNanos),
        Math.max(a.toNanos, b.toNanos));
  }
}
