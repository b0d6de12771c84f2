/**
 * What was produced, stored, quarantined, dropped, and what is missing: for each device and epoch,
 * intervals of numbers, kept in SQL. Everything told of them is computed from those, so the five
 * sums cannot disagree with what was produced.
 */
@NullMarked
package io.tidemark.ingest.ledger;

import org.jspecify.annotations.NullMarked;
