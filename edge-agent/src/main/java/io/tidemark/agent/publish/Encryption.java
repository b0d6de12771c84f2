package io.tidemark.agent.publish;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How {@code ssl://} gateways are spoken to.
 *
 * @param tls what proves who this device is, if that is a certificate, and whom it believes
 * @param password what proves it otherwise, with the device's name as user name; null if a
 *     certificate does
 * @param refused told, on any thread, when a gateway could not be believed, or did not believe this
 *     device; must not block
 */
public record Encryption(SSLContext tls, @Nullable String password, Runnable refused) {
  /** Without the password. */
  @Override
  public String toString() {
    return "encryption by " + (password == null ? "certificate" : "password");
  }
}
