package io.tidemark.ingest.alerts;

/**
 * A rule as it is kept.
 *
 * @param id never used twice
 * @param version grows with each change
 * @param judgedSinceNanos when it became what it judges; what was over before is not told
 * @param spec what it watches
 */
public record Rule(long id, long version, long judgedSinceNanos, RuleSpec spec) {}
