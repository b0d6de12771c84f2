/**
 * MQTT 3.1.1 and 5: bytes in, acknowledgement out. Knows the protocol and the intake's port, and
 * nothing of the log.
 */
@NullMarked
package io.tidemark.gateway.mqtt;

import org.jspecify.annotations.NullMarked;
