/** Backups of what an ingest keeps itself: taken away, checked, and put back. */
@NullMarked
package io.tidemark.deploy.backup;

import org.jspecify.annotations.NullMarked;
