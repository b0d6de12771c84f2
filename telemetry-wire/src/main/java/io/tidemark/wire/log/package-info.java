/**
 * What the logs of all programs have in common: in which form they are, and what is called what.
 */
@NullMarked
package io.tidemark.wire.log;

import org.jspecify.annotations.NullMarked;
