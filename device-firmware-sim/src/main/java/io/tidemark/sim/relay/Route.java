package io.tidemark.sim.relay;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a relay listens, and where it passes on to.
 *
 * @param listen port 0 for a free one
 * @param to {@code tcp://HOST[:1883]} (MQTT), {@code ssl://HOST[:8883]} (MQTT over TLS, which is
 *     passed on as it is), {@code coap://HOST[:5683]} or {@code coaps://HOST[:5684]}; looked up
 *     once, at the start
 */
public record Route(InetSocketAddress listen, URI to) {
  private static final Pattern LISTEN = Pattern.compile("(?:(.+):)?(\\d{1,5})");
  private static final Set<String> SCHEMES = Set.of("tcp", "ssl", "coap", "coaps");
  private static final int PORT_MAX = 65_535;

  /** Refuses other protocols. */
  public Route {
    boolean known = SCHEMES.contains(String.valueOf(to.getScheme()));
    boolean plain = to.toString().equals(to.getScheme() + "://" + to.getRawAuthority());
    boolean port = to.getPort() != 0 && to.getPort() <= PORT_MAX;
    if (!known || !plain || !port || to.getHost() == null || to.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "a relay passes on to tcp://HOST[:PORT], ssl://HOST[:PORT], coap://HOST[:PORT] or coaps://HOST[:PORT], and nothing else, but not to "
              + to);
    }
  }

  /**
   * Reads an address to listen on, {@code [HOST:]PORT}; without a host it is 127.0.0.1.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Route of(String listen, URI to) {
    Matcher parts = LISTEN.matcher(listen);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > PORT_MAX) {
      throw new IllegalArgumentException(
          "a relay listens on [HOST:]PORT, port 0 to 65535, but not on '" + listen + "'");
    }
    String host = parts.group(1) == null ? "127.0.0.1" : parts.group(1);
    return new Route(new InetSocketAddress(host, Integer.parseInt(parts.group(2))), to);
  }

  /** True if it carries datagrams. */
  boolean carriesDatagrams() {
    return to.getScheme().startsWith("coap");
  }

  private int usualPort() {
    return switch (to.getScheme()) {
      case "coap" -> 5683;
      case "coaps" -> 5684;
      case "ssl" -> 8883;
      default -> 1883;
    };
  }

  /** The gateway's address, looked up now. */
  InetSocketAddress gateway() {
    return new InetSocketAddress(to.getHost(), to.getPort() > 0 ? to.getPort() : usualPort());
  }
}
