package io.tidemark.ingest.alerts;

import java.util.List;

/**
 * What a rule found of a series.
 *
 * @param from what was over before is not said here, and stays as it was recorded
 * @param spans all that reaches to {@code from} or beyond, ascending
 */
record Found(Rule rule, Series series, long from, List<Span> spans) {}
