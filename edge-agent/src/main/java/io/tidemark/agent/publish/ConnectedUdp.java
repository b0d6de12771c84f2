package io.tidemark.agent.publish;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import org.eclipse.californium.elements.UDPConnector;
import org.eclipse.californium.elements.config.Configuration;

/**
 * A UDP socket for one gateway only. Such a one is told by the system when nobody listens there any
 * more (ICMP's port unreachable), as when the gateway's process is gone; one for all comers is not,
 * and would go on sending until its patience ends.
 */
final class ConnectedUdp extends UDPConnector {
  private final InetSocketAddress peer;
  private final Runnable unreachable;

  /**
   * @param unreachable told, on the receiving thread, that nobody listens there; must not block
   */
  ConnectedUdp(InetSocketAddress peer, Configuration configuration, Runnable unreachable) {
    super(null, configuration);
    this.peer = peer;
    this.unreachable = unreachable;
  }

  @Override
  public synchronized void start() throws IOException {
    if (!isRunning()) {
      DatagramSocket socket = new TellingSocket();
      socket.connect(peer);
      init(socket);
    }
  }

  private final class TellingSocket extends DatagramSocket {
    TellingSocket() throws SocketException {}

    @Override
    public void receive(DatagramPacket datagram) throws IOException {
      try {
        super.receive(datagram);
      } catch (PortUnreachableException e) {
        unreachable.run();
        throw new InterruptedIOException("nobody listens there"); // it reads on
      }
    }
  }
}
