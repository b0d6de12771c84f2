/**
 * Logging in by an OpenID provider: Quarkus' extension asks it who somebody is, and what it says
 * becomes a session of ours. Off unless {@code tidemark.access.oidc.issuer} is set.
 */
@NullMarked
package io.tidemark.ingest.oidc;

import org.jspecify.annotations.NullMarked;
