/** Readings as rows of InfluxDB: 1.x, 2.x or 3. */
@NullMarked
package io.tidemark.ingest.storage.influx;

import org.jspecify.annotations.NullMarked;
