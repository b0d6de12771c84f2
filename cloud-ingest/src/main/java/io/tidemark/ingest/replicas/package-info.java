/**
 * Several ingests on one database: each tells in SQL what it has stored, and hears what the others
 * have.
 */
@NullMarked
package io.tidemark.ingest.replicas;

import org.jspecify.annotations.NullMarked;
