/**
 * The simulated devices: each keeps what is not acknowledged, sends it through a window, fails over
 * between gateways, and declares what it has and what it gave up. Knows the record and the port to
 * a gateway; where readings come from it does not know.
 */
@NullMarked
package io.tidemark.sim.fleet;

import org.jspecify.annotations.NullMarked;
