/**
 * CoAP over UDP (RFC 7252), with payloads in blocks (RFC 7959): just what a device that only posts
 * needs, on Netty's loops.
 */
@NullMarked
package io.tidemark.sim.link.coap;

import org.jspecify.annotations.NullMarked;
