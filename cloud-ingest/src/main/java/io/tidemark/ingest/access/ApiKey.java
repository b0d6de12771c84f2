package io.tidemark.ingest.access;

import org.jspecify.annotations.Nullable;

/**
 * An API key, without its secret.
 *
 * @param id which
 * @param name what it is for
 * @param role what it may do
 * @param createdBy who has made it
 * @param createdAtNanos when, nanoseconds since 1970 UTC
 * @param expiresAtNanos from when on it is void
 * @param usedAtNanos when it was last used, to the minute; null if never
 * @param revokedAtNanos since when it is void before its time; null if it is not
 */
public record ApiKey(
    long id,
    String name,
    Role role,
    String createdBy,
    long createdAtNanos,
    long expiresAtNanos,
    @Nullable Long usedAtNanos,
    @Nullable Long revokedAtNanos) {}
