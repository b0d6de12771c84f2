package io.tidemark.agent.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A router between one device and a gateway: the gateway sees the router's address, which may
 * become another one at any time; and that the gateway is away the device is not told.
 */
final class UdpRelay implements AutoCloseable {
  private static final int DATAGRAM_MAX_BYTES = 65_536;

  private final InetSocketAddress gateway;
  private final DatagramSocket inside = socket();
  private volatile DatagramSocket outside = socket();
  private volatile @Nullable SocketAddress device;

  /** Begins. */
  UdpRelay(URI to) {
    gateway = new InetSocketAddress(InetAddress.getLoopbackAddress(), to.getPort());
    daemon(this::outwards);
    daemon(() -> inwards(outside));
  }

  /** From now on the gateway sees another address. */
  void forget() {
    DatagramSocket before = outside;
    DatagramSocket now = socket();
    outside = now;
    daemon(() -> inwards(now));
    before.close();
  }

  /** Where the device goes. */
  URI uri() {
    return URI.create("coaps://127.0.0.1:" + inside.getLocalPort());
  }

  private void outwards() {
    DatagramPacket packet = new DatagramPacket(new byte[DATAGRAM_MAX_BYTES], DATAGRAM_MAX_BYTES);
    while (receive(inside, packet)) {
      device = packet.getSocketAddress();
      send(outside, packet, gateway);
    }
  }

  private void inwards(DatagramSocket from) {
    DatagramPacket packet = new DatagramPacket(new byte[DATAGRAM_MAX_BYTES], DATAGRAM_MAX_BYTES);
    while (receive(from, packet)) {
      SocketAddress to = device;
      if (to != null) {
        send(inside, packet, to);
      }
    }
  }

  private static boolean receive(DatagramSocket socket, DatagramPacket packet) {
    try {
      packet.setLength(DATAGRAM_MAX_BYTES);
      socket.receive(packet);
      return true;
    } catch (IOException e) {
      return false; // it is closed
    }
  }

  private static void send(DatagramSocket socket, DatagramPacket packet, SocketAddress to) {
    try {
      socket.send(new DatagramPacket(packet.getData(), packet.getLength(), to));
    } catch (IOException e) {
      if (!socket.isClosed()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static DatagramSocket socket() {
    try {
      return new DatagramSocket(0, InetAddress.getLoopbackAddress());
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "router");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    inside.close();
    outside.close();
  }
}
