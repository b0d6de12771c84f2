/**
 * Who somebody is, and how that is proved: names in certificates, keys and their certificates, whom
 * to trust, and how a certificate is got and renewed. Shared by devices, gateways and ingest, so
 * that a name means the same everywhere.
 */
@NullMarked
package io.tidemark.identity;

import org.jspecify.annotations.NullMarked;
