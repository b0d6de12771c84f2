package io.tidemark.ingest.access;

import org.jspecify.annotations.Nullable;

/**
 * Whom an OpenID provider vouches for.
 *
 * @param subject who it is, for ever and at all providers: the provider's address, a space, and
 *     what it calls the person
 * @param name what people call the person; the provider may let it be changed
 * @param role what it says the person may do here; null if nothing
 */
public record Vouched(String subject, String name, @Nullable Role role) {}
