package io.tidemark.gateway.replication;

import io.tidemark.wire.Names;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The gateways of a cluster and where each listens for the others.
 *
 * @param addresses by gateway id, in the order given
 */
public record Peers(Map<String, Address> addresses) {

  /**
   * Where a peer listens.
   *
   * @param host name or address
   * @param port TCP port; 0 for any, which only a gateway alone may have
   */
  public record Address(String host, int port) {

    /**
     * Parses {@code host:port}.
     *
     * @throws IllegalArgumentException that says what is wrong
     */
    public static Address parse(String text) {
      int colon = text.lastIndexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException("\"" + text + "\" is not of the form host:port");
      }
      String number = text.substring(colon + 1);
      try {
        int port = Integer.parseInt(number);
        if (port < 0 || port > 65_535) {
          throw new IllegalArgumentException("port " + port + " is not 0 to 65535");
        }
        return new Address(text.substring(0, colon), port);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("\"" + number + "\" is not a port", e);
      }
    }

    /** Whether only this machine can find it, by how it is written. */
    boolean isLoopback() {
      return host.startsWith("127.")
          || host.equals("localhost")
          || host.equals("::1")
          || host.equals("[::1]");
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** Even ones bear no more losses than the next smaller odd one. */
  static final List<Integer> SIZES = List.of(1, 3, 5);

  /**
   * Parses {@code g1=host:9001,g2=host:9002,g3=host:9003}.
   *
   * @param self id of this gateway
   * @throws IllegalArgumentException that says what is wrong and what is allowed
   */
  public static Peers parse(String text, String self) {
    Map<String, Address> addresses = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        throw wrong(text, "\"" + part.strip() + "\" is not of the form id=host:port");
      }
      String id = part.substring(0, equals).strip();
      if (!Names.isName(id)) {
        throw wrong(text, "\"" + id + "\" is not 1 to 64 of A-Z a-z 0-9 _ . -");
      }
      if (addresses.put(id, address(text, part.substring(equals + 1).strip())) != null) {
        throw wrong(text, "\"" + id + "\" is named twice");
      }
    }
    if (!SIZES.contains(addresses.size())) {
      throw wrong(
          text, "it names %d gateways, but a cluster has 1, 3 or 5".formatted(addresses.size()));
    }
    if (new HashSet<>(addresses.values()).size() < addresses.size()) {
      throw wrong(text, "two of its gateways have the same address");
    }
    if (addresses.size() > 1 && addresses.values().stream().anyMatch(a -> a.port() == 0)) {
      throw wrong(text, "port 0 cannot be found by the other gateways");
    }
    if (!addresses.containsKey(self)) {
      throw wrong(text, "it does not name this gateway, whose tidemark.gateway.id is " + self);
    }
    return new Peers(Collections.unmodifiableMap(addresses));
  }

  private static Address address(String text, String part) {
    try {
      return Address.parse(part);
    } catch (IllegalArgumentException e) {
      throw wrong(text, String.valueOf(e.getMessage()));
    }
  }

  /** As it is written in the settings. */
  String line() {
    return addresses.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(","));
  }

  private static IllegalArgumentException wrong(String text, String problem) {
    return new IllegalArgumentException(
        "tidemark.cluster.peers is \"%s\": %s".formatted(text, problem));
  }
}
