/**
 * Devices that misbehave beside the good ones, to show that a deployment bears them. They send
 * bytes of their own making and keep nothing; what they did and what came back is counted by kind.
 */
@NullMarked
package io.tidemark.sim.rogue;

import org.jspecify.annotations.NullMarked;
