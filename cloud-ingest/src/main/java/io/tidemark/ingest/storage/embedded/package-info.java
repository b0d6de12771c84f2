/** The store for those who have no InfluxDB: QuestDB in this process. */
@NullMarked
package io.tidemark.ingest.storage.embedded;

import org.jspecify.annotations.NullMarked;
