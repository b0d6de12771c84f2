/** How a client goes from one gateway to another: the same for every client. */
@NullMarked
package io.tidemark.wire.failover;

import org.jspecify.annotations.NullMarked;
