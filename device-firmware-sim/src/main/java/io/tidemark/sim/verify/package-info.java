/**
 * The verifier: compares what the record says was produced with what the platform says it has,
 * through the public API and value by value. Believes neither the ledger nor the gateways: only
 * rows count as stored.
 */
@NullMarked
package io.tidemark.sim.verify;

import org.jspecify.annotations.NullMarked;
