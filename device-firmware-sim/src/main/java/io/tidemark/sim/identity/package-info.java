/** Who simulated devices are to gateways that ask: each has a certificate of its own. */
@NullMarked
package io.tidemark.sim.identity;

import org.jspecify.annotations.NullMarked;
