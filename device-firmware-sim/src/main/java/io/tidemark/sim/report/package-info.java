/** A run as one page that can be kept and passed on. */
@NullMarked
package io.tidemark.sim.report;

import org.jspecify.annotations.NullMarked;
