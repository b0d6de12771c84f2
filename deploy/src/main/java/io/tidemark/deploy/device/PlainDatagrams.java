package io.tidemark.deploy.device;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Over UDP, not encrypted. */
public final class PlainDatagrams implements Datagrams {
  private static final int MAX_BYTES = 64 << 10;

  private final DatagramSocket socket;
  private final byte[] buffer = new byte[MAX_BYTES];

  /** From a port of its own. */
  public PlainDatagrams(InetSocketAddress to) throws IOException {
    socket = new DatagramSocket();
    try {
      socket.connect(to); // so that a port where nobody listens is an error
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public void send(byte[] bytes) throws IOException {
    socket.send(new DatagramPacket(bytes, bytes.length));
  }

  @Override
  public byte @Nullable [] receive(int millis) throws IOException {
    socket.setSoTimeout(Math.max(1, millis));
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    try {
      socket.receive(packet);
    } catch (SocketTimeoutException e) {
      return null;
    }
    return Arrays.copyOf(buffer, packet.getLength());
  }

  @Override
  public void close() {
    socket.close();
  }
}
