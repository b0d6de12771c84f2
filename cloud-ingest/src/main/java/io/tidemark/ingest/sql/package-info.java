/**
 * Connections to the SQL database that ledger and quarantine share, its schema, and transactions.
 */
@NullMarked
package io.tidemark.ingest.sql;

import org.jspecify.annotations.NullMarked;
