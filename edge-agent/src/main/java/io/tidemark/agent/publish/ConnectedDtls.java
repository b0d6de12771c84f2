package io.tidemark.agent.publish;

import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.dtls.CheckedCertificates;
import io.tidemark.identity.dtls.ShownCredential;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;

/**
 * A UDP socket for one gateway only, with DTLS 1.2: its first message begins a handshake, in which
 * each side proves who it is. Told like {@link ConnectedUdp} when nobody listens there any more.
 *
 * <p>The gateway knows what comes by a connection id (RFC 9146), and not by the address, which may
 * be another one whenever a router has forgotten it.
 */
final class ConnectedDtls extends DTLSConnector {
  private final InetSocketAddress peer;
  private final Runnable unreachable;

  /**
   * Opens nothing yet.
   *
   * @param host as the gateway's certificate has to name it
   * @param servers whom to believe
   * @param own what to show; what it holds when a handshake comes to it counts in that
   * @param unreachable told, on the receiving thread, that nobody listens there; must not block
   */
  ConnectedDtls(
      InetSocketAddress peer,
      String host,
      Configuration configuration,
      ServerTrust servers,
      OwnCredential own,
      Runnable unreachable) {
    super(
        DtlsConnectorConfig.builder(configuration)
            .setCertificateIdentityProvider(new ShownCredential(own))
            .setAdvancedCertificateVerifier(
                new CheckedCertificates(chain -> servers.check(chain, host)))
            .build());
    this.peer = peer;
    this.unreachable = unreachable;
  }

  @Override
  protected void start(InetSocketAddress bindAddress) throws IOException {
    if (!isRunning()) {
      init(bindAddress, new ConnectingSocket(), null);
    }
  }

  @Override
  protected void receiveNextDatagramFromNetwork(DatagramPacket datagram) throws IOException {
    try {
      super.receiveNextDatagramFromNetwork(datagram);
    } catch (PortUnreachableException e) {
      unreachable.run();
    }
  }

  /** Which the library binds. */
  private final class ConnectingSocket extends DatagramSocket {
    ConnectingSocket() throws SocketException {
      super((SocketAddress) null);
    }

    @Override
    public void bind(SocketAddress own) throws SocketException {
      super.bind(own);
      connect(peer);
    }
  }
}
