package io.tidemark.gateway.replication;

/**
 * What a log takes of its place.
 *
 * @param bytes size of its segments on disk
 * @param segments how many segments there are
 * @param entries how many entries of any kind are above the mark
 */
public record Usage(long bytes, int segments, long entries) {}
