/** Chance without state, for whatever the seed decides. */
@NullMarked
package io.tidemark.sim.chance;

import org.jspecify.annotations.NullMarked;
