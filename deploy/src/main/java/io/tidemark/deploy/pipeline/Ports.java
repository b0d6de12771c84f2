package io.tidemark.deploy.pipeline;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;

/**
 * The ports one pipeline listens on, all on loopback and no two the same. They are its own for as
 * long as the process that chose them lives: no other pipeline chooses them, though nobody listens
 * yet, or for a while.
 *
 * @param ingest HTTP of ingest
 * @param gateways of each gateway, the first one's first
 */
public record Ports(int ingest, List<OfGateway> gateways) {
  // Below those the kernel gives to whoever asks for any: between the choice and its use, some time
  // later, such a one could be somebody else's.
  private static final int LOWEST = 10_000;
  private static final int HIGHEST = 31_999;
  private static final int TRIES_MAX = 10_000;

  private static final int INGEST = 8080;

  /** A gateway's replication port a line, the first gateway's first. */
  private static final String RAFT_FILE = "replication-ports";

  private static final int INGEST_TLS = 8443;

  /** The ports of the first gateway, as everybody knows them. */
  private static final OfGateway FIRST = new OfGateway(INGEST + 1, 1883, 5683, 9001);

  /** The same where all is encrypted. */
  private static final OfGateway FIRST_TLS = new OfGateway(INGEST_TLS + 1, 8883, 5684, 9001);

  /** From one gateway's devices' ports to the next one's. */
  private static final int DEVICES_STEP = 1_000;

  /**
   * The ports of one gateway.
   *
   * @param http health and metrics
   * @param mqtt MQTT
   * @param coap CoAP, over UDP; the others are TCP ports
   * @param raft replication between gateways
   */
  public record OfGateway(int http, int mqtt, int coap, int raft) {
    /** Those of the gateway with this number, 1 or more. */
    private static OfGateway usual(int number, boolean secure) {
      OfGateway first = secure ? FIRST_TLS : FIRST;
      int after = number - 1;
      return new OfGateway(
          first.http + after,
          first.mqtt + DEVICES_STEP * after,
          first.coap + DEVICES_STEP * after,
          first.raft + after);
    }
  }

  /** Copies the list. */
  public Ports {
    gateways = List.copyOf(gateways);
  }

  /**
   * The usual ports with so many gateways, or a free one where one is taken. But gateways know each
   * other by their replication ports for as long as they have their data, so these are kept there:
   * the next time it is the same ones.
   *
   * @param data folder of the pipeline's data
   * @param secure whether devices and ingest are spoken to over TLS
   * @throws IOException if the folder cannot be used
   */
  public static Ports usual(int gateways, boolean secure, Path data) throws IOException {
    List<Integer> kept = readRaft(data.resolve(RAFT_FILE));
    for (int port : kept) {
      if (!PortClaims.hold(port)) {
        throw new IOException(
            "%s has port %d, which something else that ./tidemark started has chosen since: stop that, or use another folder"
                .formatted(data.resolve(RAFT_FILE), port));
      }
    }
    List<OfGateway> each = new ArrayList<>();
    for (int number = 1; number <= gateways; number++) {
      OfGateway usual = OfGateway.usual(number, secure);
      each.add(
          kept.size() < number
              ? usable(usual)
              : new OfGateway(
                  usable(usual.http, Ports::isFree),
                  usable(usual.mqtt, Ports::isFree),
                  usable(usual.coap, Ports::isFreeForUdp),
                  kept.get(number - 1)));
    }
    Files.createDirectories(data);
    Files.write(
        data.resolve(RAFT_FILE), each.stream().map(its -> Integer.toString(its.raft)).toList());
    return new Ports(usable(secure ? INGEST_TLS : INGEST, Ports::isFree), each);
  }

  private static List<Integer> readRaft(Path file) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return Files.readAllLines(file).stream().map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw new IOException(file + " must have a port number a line: " + e.getMessage(), e);
    }
  }

  /** One free TCP port. */
  public static int one() {
    return usable(0, Ports::isFree);
  }

  /** Free ports, for one gateway. */
  public static Ports free() {
    return free(1);
  }

  /** Free ports with so many gateways. */
  public static Ports free(int gateways) {
    List<OfGateway> each = new ArrayList<>();
    for (int number = 1; number <= gateways; number++) {
      each.add(usable(new OfGateway(0, 0, 0, 0)));
    }
    return new Ports(one(), each);
  }

  /** Where the usual gateways have their HTTP, so many of them. */
  public static List<Integer> usualHttp(int gateways) {
    List<Integer> ports = new ArrayList<>();
    for (int number = 1; number <= gateways; number++) {
      ports.add(OfGateway.usual(number, false).http);
    }
    return ports;
  }

  private static OfGateway usable(OfGateway wanted) {
    return new OfGateway(
        usable(wanted.http, Ports::isFree),
        usable(wanted.mqtt, Ports::isFree),
        usable(wanted.coap, Ports::isFreeForUdp),
        usable(wanted.raft, Ports::isFree));
  }

  /** The wanted one if nobody has it, or another; claimed in any case. */
  static int usable(int wanted, IntPredicate free) {
    int port = wanted;
    for (int tries = 0; port == 0 || !free.test(port) || !PortClaims.claim(port); tries++) {
      if (tries == TRIES_MAX) {
        throw new IllegalStateException("no free port from %d to %d".formatted(LOWEST, HIGHEST));
      }
      port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
    }
    return port;
  }

  static boolean isFreeForUdp(int port) {
    // On the wildcard address, as whoever holds it may hold it there.
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(port))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  static boolean isFree(int port) {
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
