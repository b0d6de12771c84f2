package io.tidemark.gateway.replication;

/**
 * Readings counted since the process started.
 *
 * @param found readings that were in the log and not forwarded when it was opened
 * @param committed those, and the readings committed since
 */
public record Counts(long found, long committed) {}
