/**
 * Where readings become rows: the {@link io.tidemark.ingest.storage.TimeSeriesStore} port. Knows
 * nothing of ledgers, gateways or HTTP.
 */
@NullMarked
package io.tidemark.ingest.storage;

import org.jspecify.annotations.NullMarked;
