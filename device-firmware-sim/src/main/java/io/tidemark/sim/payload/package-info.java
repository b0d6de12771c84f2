/**
 * What devices send: the batch they have recorded, or the same readings in JSON or SenML. One port,
 * {@link io.tidemark.sim.payload.Payload}, and its implementations. What is sent is made from the
 * batch's bytes each time, so that the record is the same whatever travels.
 */
@NullMarked
package io.tidemark.sim.payload;

import org.jspecify.annotations.NullMarked;
