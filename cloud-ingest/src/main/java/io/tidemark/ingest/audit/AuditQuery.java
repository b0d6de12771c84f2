package io.tidemark.ingest.audit;

import org.jspecify.annotations.Nullable;

/**
 * Which lines of the audit, newest first.
 *
 * @param who only this one's; null for everybody's
 * @param what only this; null for everything
 * @param fromNanos from this time on, nanoseconds since 1970 UTC
 * @param toNanos before this time
 * @param beforeId only with a lower id
 * @param limit how many, at most {@link Audit#PAGE_MAX}
 */
public record AuditQuery(
    @Nullable String who,
    @Nullable What what,
    long fromNanos,
    long toNanos,
    long beforeId,
    int limit) {}
