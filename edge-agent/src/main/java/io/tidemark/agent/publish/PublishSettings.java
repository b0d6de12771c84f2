package io.tidemark.agent.publish;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher needs to know.
 *
 * @param gateways {@code ssl://host:port} for MQTT over TLS, {@code coaps://host:port} for CoAP
 *     over DTLS, {@code tcp://host:port} and {@code coap://host:port} for them in the clear; the
 *     first is home
 * @param clientId MQTT's client identifier, and its user name where there is a password: the
 *     device's name
 * @param windowMaxPackets most packets sent and not yet answered; MQTT's receive maximum and CoAP's
 *     NSTART lower it
 * @param keepAlive MQTT's; a dead connection is noticed within twice this
 * @param connectTimeout how long one attempt to connect may take, the gateway's first answer
 *     included; where there are other gateways, longer with every round in which none was any good
 * @param ackTimeout CoAP's ACK_TIMEOUT (RFC 7252, 4.8): a message without an acknowledgement is
 *     sent again after 1 to 1.5 times this, four times at twice the pause, and given up after 31 to
 *     46.5 times this; what a DTLS handshake says is sent again after this, too
 * @param stallTimeout how long a gateway may answer nothing, or refuse everything for now, before
 *     another is tried; longer in the same way
 * @param backoff between rounds of attempts to connect, and before what was refused for now is sent
 *     again
 * @param homeAfter how long at least to stay with another gateway before going home; up to twice as
 *     long, at random
 * @param statusInterval how often the device says what it has
 * @param encryption of {@code ssl://} and {@code coaps://} gateways; null if there are none
 */
public record PublishSettings(
    List<URI> gateways,
    String clientId,
    int windowMaxPackets,
    Duration keepAlive,
    Duration connectTimeout,
    Duration ackTimeout,
    Duration stallTimeout,
    Backoff.Bounds backoff,
    Duration homeAfter,
    Duration statusInterval,
    @Nullable Encryption encryption) {

  static final int WINDOW_DEFAULT_PACKETS = 16;
  static final Duration KEEP_ALIVE_DEFAULT = Duration.ofSeconds(30);
  static final Duration CONNECT_TIMEOUT_DEFAULT = Duration.ofSeconds(10);

  /** Where there are other gateways. */
  static final Duration CONNECT_TIMEOUT_OTHERS = Duration.ofSeconds(3);

  static final Duration ACK_TIMEOUT_DEFAULT = Duration.ofSeconds(2);
  static final Duration STALL_TIMEOUT_DEFAULT = Duration.ofSeconds(30);

  /**
   * Where there are other gateways: with the time to connect, and a second until the first reading
   * after it went silent, a device has its acknowledgement from the next within 12 s.
   */
  static final Duration STALL_TIMEOUT_OTHERS = Duration.ofSeconds(8);

  /** How often rounds without success double the patience with a gateway. */
  private static final int PATIENCE_DOUBLINGS_MAX = 2;

  static final Duration HOME_AFTER_DEFAULT = Duration.ofMinutes(5);
  static final Duration STATUS_INTERVAL_DEFAULT = Duration.ofMinutes(1);

  public PublishSettings {
    gateways = List.copyOf(gateways);
    if (gateways.isEmpty() || windowMaxPackets < 1) {
      throw new IllegalArgumentException("there must be a gateway and a window of at least 1");
    }
    if (encryption == null && gateways.stream().anyMatch(Encryption::isFor)) {
      throw new IllegalArgumentException(
          "ssl:// gateways need a credential or a password, coaps:// gateways a credential");
    }
    if (encryption != null
        && encryption.own() == null
        && gateways.stream().anyMatch(CoapLink::isEncrypted)) {
      throw new IllegalArgumentException("coaps:// gateways need a credential");
    }
  }

  /** The defaults, for {@code device}. */
  public static PublishSettings of(
      String device, List<URI> gateways, @Nullable Encryption encryption) {
    boolean others = gateways.size() > 1;
    return new PublishSettings(
        gateways,
        device,
        WINDOW_DEFAULT_PACKETS,
        KEEP_ALIVE_DEFAULT,
        others ? CONNECT_TIMEOUT_OTHERS : CONNECT_TIMEOUT_DEFAULT,
        ACK_TIMEOUT_DEFAULT,
        others ? STALL_TIMEOUT_OTHERS : STALL_TIMEOUT_DEFAULT,
        Backoff.Bounds.DEFAULT,
        HOME_AFTER_DEFAULT,
        STATUS_INTERVAL_DEFAULT,
        encryption);
  }

  /** True if there is another gateway to go to. */
  boolean hasOthers() {
    return gateways.size() > 1;
  }

  /**
   * The same with more patience: where all gateways seem to be away it may be the network that is
   * slow, or all of them that withhold, and running from one to the other would not help. Doubled
   * with each round, up to four times as long.
   *
   * @param rounds how many rounds there have been since something was accepted
   */
  PublishSettings patient(int rounds) {
    int times = hasOthers() ? 1 << Math.min(rounds, PATIENCE_DOUBLINGS_MAX) : 1;
    return new PublishSettings(
        gateways,
        clientId,
        windowMaxPackets,
        keepAlive,
        connectTimeout.multipliedBy(times),
        ackTimeout,
        stallTimeout.multipliedBy(times),
        backoff,
        homeAfter,
        statusInterval,
        encryption);
  }

  /**
   * How long a gateway that may withhold acknowledgements is waited for: ten times as long where
   * there is no other, since it may just be busy.
   */
  Duration withholdingLimit() {
    return hasOthers() ? stallTimeout : stallTimeout.multipliedBy(10);
  }
}
