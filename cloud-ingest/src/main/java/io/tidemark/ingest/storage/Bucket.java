package io.tidemark.ingest.storage;

/**
 * What a numeric metric did in one interval.
 *
 * @param sensor whose
 * @param metric which
 * @param index the interval, counted from 0 at the query's start
 * @param mean arithmetic mean
 * @param min lowest value
 * @param max highest value
 * @param count how many values, at least 1
 */
public record Bucket(
    String sensor, String metric, long index, double mean, double min, double max, long count) {}
