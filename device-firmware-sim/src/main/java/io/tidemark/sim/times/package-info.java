/** When something is in force, once or again and again, and how people write that down. */
@NullMarked
package io.tidemark.sim.times;

import org.jspecify.annotations.NullMarked;
