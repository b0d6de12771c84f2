/**
 * The port through which a simulated device reaches a gateway, whatever the protocol. Everything of
 * one device happens on one loop, so neither side locks.
 */
@NullMarked
package io.tidemark.sim.link;

import org.jspecify.annotations.NullMarked;
