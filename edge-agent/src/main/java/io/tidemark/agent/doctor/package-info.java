/** Looks at everything a device needs before its readings arrive, and says how to mend it. */
@NullMarked
package io.tidemark.agent.doctor;

import org.jspecify.annotations.NullMarked;
