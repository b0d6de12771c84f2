/** Cloud ingest: the wiring that joins its rooms, its configuration, and its health. */
@NullMarked
package io.tidemark.ingest;

import org.jspecify.annotations.NullMarked;
