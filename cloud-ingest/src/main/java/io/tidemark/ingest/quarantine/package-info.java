/**
 * What was received and could not become a row: kept as it came, with the reason, listed and
 * counted.
 */
@NullMarked
package io.tidemark.ingest.quarantine;

import org.jspecify.annotations.NullMarked;
