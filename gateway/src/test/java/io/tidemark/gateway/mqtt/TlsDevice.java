package io.tidemark.gateway.mqtt;

import io.tidemark.identity.Credential;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Makes connections of one device, which go on with its TLS session where they can. */
public final class TlsDevice {
  private final SSLContext context;

  /**
   * Believes the gateway if {@code trust} does.
   *
   * @param credential null if it has none
   */
  public TlsDevice(Trust trust, @Nullable Credential credential) throws GeneralSecurityException {
    context =
        Tls.client(
            new ServerTrust(trust, server -> Instant.now()),
            credential == null ? null : new OwnCredential(credential));
  }

  /** A connection whose handshake is over, as far as the device can tell. */
  public SSLSocket connected(int port, String... versions) throws IOException {
    SSLSocket socket = socket(port);
    if (versions.length > 0) {
      socket.setEnabledProtocols(versions);
    }
    socket.startHandshake();
    return socket;
  }

  /** A connection whose handshake has not begun. */
  public SSLSocket socket(int port) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }
}
