/**
 * Where readings come from: drivers behind the {@link io.tidemark.agent.sensor.Sensor} port, the
 * buses they sit on (Pi4J's, or a simulated one with the same face), and the {@link
 * io.tidemark.agent.sensor.Sampler} that reads each at its own pace.
 */
@NullMarked
package io.tidemark.agent.sensor;

import org.jspecify.annotations.NullMarked;
