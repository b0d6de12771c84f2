package io.tidemark.gateway.replication;

/**
 * What a log takes of its place.
 *
 * @param bytes size of its segments on disk
 * @param segments how many segments there are
 * @param entries how many entries of any kind are above the mark
 * @param filled how much of what it may take that is, in bytes or in entries; from 1 on nothing
 *     more is taken in
 */
public record Usage(long bytes, int segments, long entries, double filled) {
  /** Of a log that is not here. */
  static final Usage NONE = new Usage(0, 0, 0, 0);
}
