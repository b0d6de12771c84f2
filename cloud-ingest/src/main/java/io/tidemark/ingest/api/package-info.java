/**
 * What people and programs ask of ingest: the REST API under {@code /api/v1} and the live stream.
 * Reads through the ports of the ledger, the store and the quarantine, and writes nothing.
 */
@NullMarked
package io.tidemark.ingest.api;

import org.jspecify.annotations.NullMarked;
