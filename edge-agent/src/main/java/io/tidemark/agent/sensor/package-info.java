/**
 * Where readings come from: drivers behind the {@link io.tidemark.agent.sensor.Sensor} port, what
 * they read from (Pi4J's buses, or a simulated one with the same face; the kernel's files), and the
 * {@link io.tidemark.agent.sensor.Sampler} that reads each at its own pace.
 */
@NullMarked
package io.tidemark.agent.sensor;

import org.jspecify.annotations.NullMarked;
