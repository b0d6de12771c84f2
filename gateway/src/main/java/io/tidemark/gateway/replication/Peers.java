package io.tidemark.gateway.replication;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

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
   * @param port TCP port; 0 for any, which only makes sense alone
   */
  public record Address(String host, int port) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  private static final Set<Integer> SIZES = Set.of(1);

  /**
   * Parses {@code g1=host:9001,g2=host:9002} and checks it against what this version can run.
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
      if (addresses.put(id, address(text, part.substring(equals + 1).strip())) != null) {
        throw wrong(text, "\"" + id + "\" is named twice");
      }
    }
    if (!SIZES.contains(addresses.size())) {
      throw wrong(
          text,
          "it names %d gateways, but this version runs groups of %s"
              .formatted(addresses.size(), SIZES));
    }
    if (!addresses.containsKey(self)) {
      throw wrong(text, "it does not name this gateway, whose tidemark.gateway.id is " + self);
    }
    return new Peers(Map.copyOf(addresses));
  }

  private static Address address(String text, String part) {
    int colon = part.lastIndexOf(':');
    if (colon < 1) {
      throw wrong(text, "\"" + part + "\" is not of the form host:port");
    }
    try {
      int port = Integer.parseInt(part.substring(colon + 1));
      if (port < 0 || port > 65_535) {
        throw wrong(text, "port " + port + " is not 0 to 65535");
      }
      return new Address(part.substring(0, colon), port);
    } catch (NumberFormatException e) {
      throw wrong(text, "\"" + part.substring(colon + 1) + "\" is not a port");
    }
  }

  private static IllegalArgumentException wrong(String text, String problem) {
    return new IllegalArgumentException(
        "tidemark.cluster.peers is \"%s\": %s".formatted(text, problem));
  }
}
