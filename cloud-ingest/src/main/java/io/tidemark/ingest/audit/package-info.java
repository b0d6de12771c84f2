/** The record of who has changed what. */
@NullMarked
package io.tidemark.ingest.audit;

import org.jspecify.annotations.NullMarked;
