package io.tidemark.ingest.storage.influx;

import io.tidemark.ingest.storage.Row;

/**
 * A row and how it is written.
 *
 * @param row what
 * @param twin true if it has the tag {@code twin}; see {@link Twins}
 */
record Line(Row row, boolean twin) {}
