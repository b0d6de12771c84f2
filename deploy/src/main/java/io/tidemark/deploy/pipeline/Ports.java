package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;

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
  // Below those the kernel gives to whoever asks for any: between the choice and its use, some time
  // later, such a one could be somebody else's.
  private static final int LOWEST = 10_000;
  private static final int HIGHEST = 31_999;
  private static final int TRIES_MAX = 10_000;

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
        usable(ingest, Ports::isFree, chosen),
        usable(gatewayHttp, Ports::isFree, chosen),
        usable(mqtt, Ports::isFree, chosen),
        usable(coap, Ports::isFreeForUdp, chosen),
        usable(raft, Ports::isFree, chosen));
  }

  private static int usable(int wanted, IntPredicate free, Set<Integer> chosen) {
    int port = wanted;
    for (int tries = 0; port == 0 || !free.test(port) || !chosen.add(port); tries++) {
      if (tries == TRIES_MAX) {
        throw new IllegalStateException("no free port from %d to %d".formatted(LOWEST, HIGHEST));
      }
      port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
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
}
