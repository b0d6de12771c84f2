/** The agent's log: to standard error, as text or JSON. */
@NullMarked
package io.tidemark.agent.log;

import org.jspecify.annotations.NullMarked;
