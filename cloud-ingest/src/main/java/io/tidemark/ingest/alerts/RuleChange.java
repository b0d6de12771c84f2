package io.tidemark.ingest.alerts;

/**
 * What came of the wish to change a rule.
 *
 * @param isMade false: somebody else was faster, and nothing was changed
 * @param rule if it is made: what was written, or deleted; else what was found
 */
public record RuleChange(boolean isMade, Rule rule) {}
