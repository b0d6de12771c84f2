/** Who this device is to gateways: got by a token, proved by a certificate, renewed by itself. */
@NullMarked
package io.tidemark.agent.identity;

import org.jspecify.annotations.NullMarked;
