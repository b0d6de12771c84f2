/**
 * What gateways tell of themselves: the newest report of each, and what changed. Nothing that
 * becomes of readings depends on it.
 */
@NullMarked
package io.tidemark.ingest.gateways;

import org.jspecify.annotations.NullMarked;
