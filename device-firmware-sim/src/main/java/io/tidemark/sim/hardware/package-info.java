/**
 * The genuine edge agent as one more device: a process of its own, on simulated buses, whose
 * journal is its record.
 */
@NullMarked
package io.tidemark.sim.hardware;

import org.jspecify.annotations.NullMarked;
