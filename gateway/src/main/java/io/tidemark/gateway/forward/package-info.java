/**
 * Brings committed entries to ingest, several requests at a time, until each is acknowledged, and
 * moves the forwarded mark; after an outage what comes now goes beside the backlog. Knows the log's
 * port and nothing of where entries come from.
 */
@NullMarked
package io.tidemark.gateway.forward;

import org.jspecify.annotations.NullMarked;
