/** Copies of what this ingest keeps itself, made while it runs. */
@NullMarked
package io.tidemark.ingest.backup;

import org.jspecify.annotations.NullMarked;
