/**
 * Where readings come from: simulated devices of several classes, or files of real measurements.
 * Decides what is produced and when; what becomes of it is the sink's.
 */
@NullMarked
package io.tidemark.sim.source;

import org.jspecify.annotations.NullMarked;
