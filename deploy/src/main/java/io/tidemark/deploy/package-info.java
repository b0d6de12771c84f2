/** The commands that run Tidemark as a whole: the demo and the ledger's. */
@NullMarked
package io.tidemark.deploy;

import org.jspecify.annotations.NullMarked;
