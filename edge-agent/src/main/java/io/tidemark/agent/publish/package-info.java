/**
 * How batches leave the device: the {@link io.tidemark.agent.publish.Publisher} port, and MQTT 5
 * and CoAP behind it. A batch leaves the journal only by a PUBACK or a 2.04 that says it was taken;
 * everything else (a lost connection, a refusal for now, a fault in the client library) at worst
 * repeats it.
 */
@NullMarked
package io.tidemark.agent.publish;

import org.jspecify.annotations.NullMarked;
