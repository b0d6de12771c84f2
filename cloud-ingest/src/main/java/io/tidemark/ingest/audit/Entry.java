package io.tidemark.ingest.audit;

import org.jspecify.annotations.Nullable;

/**
 * A line of the audit.
 *
 * @param id higher than those of all lines before
 * @param atNanos when, nanoseconds since 1970 UTC
 * @param actor who
 * @param what what was done, such as {@code user.change}
 * @param subject to what: a name or a number
 * @param before what there was, as JSON; null if there was nothing
 * @param after what there is now, as JSON; null if there is nothing
 */
public record Entry(
    long id,
    long atNanos,
    Actor actor,
    What what,
    String subject,
    @Nullable String before,
    @Nullable String after) {}
