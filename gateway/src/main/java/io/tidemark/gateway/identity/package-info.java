/** Who this gateway is, with what it proves that, and whom it believes of those that come to it. */
@NullMarked
package io.tidemark.gateway.identity;

import org.jspecify.annotations.NullMarked;
