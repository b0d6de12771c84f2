/**
 * How batches leave the device: the {@link io.tidemark.agent.publish.Publisher} port and MQTT 5
 * behind it. A batch leaves the journal only by a PUBACK that says it was taken; everything else (a
 * lost connection, a refusal for now, a fault in the client library) at worst repeats it.
 */
@NullMarked
package io.tidemark.agent.publish;

import org.jspecify.annotations.NullMarked;
