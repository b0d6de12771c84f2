/** What people see while devices run, and what programs read at the end. */
@NullMarked
package io.tidemark.sim.view;

import org.jspecify.annotations.NullMarked;
