/**
 * The gateway: takes batches from devices, acknowledges them once they are fsynced on a majority of
 * its group, and forwards them to ingest. This package holds its settings and joins its rooms.
 */
@NullMarked
package io.tidemark.gateway;

import org.jspecify.annotations.NullMarked;
