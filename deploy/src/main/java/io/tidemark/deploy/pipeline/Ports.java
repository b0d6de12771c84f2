package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;

/**
 * The ports one pipeline listens on, all on loopback.
 *
 * @param ingest HTTP of ingest
 * @param gatewayHttp HTTP of the gateway
 * @param mqtt MQTT of the gateway
 * @param coap CoAP of the gateway, over UDP; the others are TCP ports
 * @param raft replication between gateways
 */
public record Ports(int ingest, int gatewayHttp, int mqtt, int coap, int raft) {

  /** The usual ports, or a free one where one is taken. */
  public static Ports usual() {
    return choose(8080, 8081, 1883, 5683, 9001);
  }

  /** Free ports. */
  public static Ports free() {
    return choose(0, 0, 0, 0, 0);
  }

  private static Ports choose(int ingest, int gatewayHttp, int mqtt, int coap, int raft) {
    Set<Integer> chosen = new HashSet<>();
    return new Ports(
        usable(ingest, chosen),
        usable(gatewayHttp, chosen),
        usable(mqtt, chosen),
        usableForUdp(coap, chosen),
        usable(raft, chosen));
  }

  private static int usable(int wanted, Set<Integer> chosen) {
    int port = wanted != 0 && isFree(wanted) ? wanted : anyFree();
    while (!chosen.add(port)) {
      port = anyFree();
    }
    return port;
  }

  private static int usableForUdp(int wanted, Set<Integer> chosen) {
    int port = wanted != 0 && isFreeForUdp(wanted) ? wanted : anyFreeForUdp();
    while (!chosen.add(port)) {
      port = anyFreeForUdp();
    }
    return port;
  }

  private static boolean isFreeForUdp(int port) {
    // On the wildcard address, as whoever holds it may hold it there.
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(port))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static int anyFreeForUdp() {
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free UDP port on loopback", e);
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      // On the wildcard address, as whoever holds it may hold it there.
      socket.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int anyFree() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on loopback", e);
    }
  }
}
