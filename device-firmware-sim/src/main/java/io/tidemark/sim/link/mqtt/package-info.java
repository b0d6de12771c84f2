/**
 * MQTT 3.1.1 and 5 over TCP: just what a device that only publishes needs, on Netty's packets and
 * loops.
 */
@NullMarked
package io.tidemark.sim.link.mqtt;

import org.jspecify.annotations.NullMarked;
