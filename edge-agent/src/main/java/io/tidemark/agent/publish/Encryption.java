package io.tidemark.agent.publish;

import javax.net.ssl.SSLContext;

/**
 * How {@code ssl://} gateways are spoken to.
 *
 * @param tls what proves who this device is, and whom it believes
 * @param refused told, on any thread, when a gateway could not be believed, or did not believe this
 *     device; must not block
 */
public record Encryption(SSLContext tls, Runnable refused) {}
