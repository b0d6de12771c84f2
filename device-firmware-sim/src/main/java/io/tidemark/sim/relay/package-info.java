/**
 * A link with faults, in user space: devices connect to a relay, which passes on to a gateway what
 * the plan of faults lets through. {@link io.tidemark.sim.relay.FaultPlan} says what goes wrong and
 * when, and knows neither sockets nor a clock; {@link io.tidemark.sim.relay.Relay} does it.
 */
@NullMarked
package io.tidemark.sim.relay;

import org.jspecify.annotations.NullMarked;
