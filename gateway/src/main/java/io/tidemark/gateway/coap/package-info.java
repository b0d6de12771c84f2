/**
 * CoAP (RFC 7252) with block-wise uploads (RFC 7959): bytes in, acknowledgement out. Knows the
 * protocol and the intake's port, and nothing of the log.
 */
@NullMarked
package io.tidemark.gateway.coap;

import org.jspecify.annotations.NullMarked;
