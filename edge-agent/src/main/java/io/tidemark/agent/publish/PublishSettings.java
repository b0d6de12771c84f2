package io.tidemark.agent.publish;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * What a publisher needs to know.
 *
 * @param gateways {@code tcp://host:port}; the first is home
 * @param clientId MQTT's client identifier
 * @param windowMaxPackets most packets sent and not yet acknowledged; the server's receive maximum
 *     may lower it
 * @param keepAlive MQTT's; a dead connection is noticed within twice this
 * @param connectTimeout how long one attempt to connect may take, CONNACK included
 * @param stallTimeout how long a server may withhold every PUBACK before another gateway is tried;
 *     ten times as long where there is no other, since a server that withholds them may just be
 *     busy
 * @param backoff between attempts to connect, and before what was refused for now is sent again
 * @param homeAfter how long at least to stay with another gateway before going home; up to twice as
 *     long, at random
 * @param statusInterval how often the device says what it has
 */
public record PublishSettings(
    List<URI> gateways,
    String clientId,
    int windowMaxPackets,
    Duration keepAlive,
    Duration connectTimeout,
    Duration stallTimeout,
    Backoff.Bounds backoff,
    Duration homeAfter,
    Duration statusInterval) {

  static final int WINDOW_DEFAULT_PACKETS = 16;
  static final Duration KEEP_ALIVE_DEFAULT = Duration.ofSeconds(30);
  static final Duration CONNECT_TIMEOUT_DEFAULT = Duration.ofSeconds(10);
  static final Duration STALL_TIMEOUT_DEFAULT = Duration.ofSeconds(30);
  static final Duration HOME_AFTER_DEFAULT = Duration.ofMinutes(5);
  static final Duration STATUS_INTERVAL_DEFAULT = Duration.ofMinutes(1);

  public PublishSettings {
    gateways = List.copyOf(gateways);
    if (gateways.isEmpty() || windowMaxPackets < 1) {
      throw new IllegalArgumentException("there must be a gateway and a window of at least 1");
    }
  }

  /** The defaults, for {@code device}. */
  public static PublishSettings of(String device, List<URI> gateways) {
    return new PublishSettings(
        gateways,
        device,
        WINDOW_DEFAULT_PACKETS,
        KEEP_ALIVE_DEFAULT,
        CONNECT_TIMEOUT_DEFAULT,
        STALL_TIMEOUT_DEFAULT,
        Backoff.Bounds.DEFAULT,
        HOME_AFTER_DEFAULT,
        STATUS_INTERVAL_DEFAULT);
  }

  Duration stallLimit() {
    return gateways.size() > 1 ? stallTimeout : stallTimeout.multipliedBy(10);
  }
}
