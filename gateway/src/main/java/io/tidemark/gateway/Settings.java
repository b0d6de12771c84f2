package io.tidemark.gateway;

import io.tidemark.gateway.coap.CoapSettings;
import io.tidemark.gateway.forward.ForwardSettings;
import io.tidemark.gateway.identity.IdentitySettings;
import io.tidemark.gateway.identity.PasswordSettings;
import io.tidemark.gateway.intake.IntakeSettings;
import io.tidemark.gateway.intake.RateSettings;
import io.tidemark.gateway.mqtt.MqttSettings;
import io.tidemark.gateway.replication.LogSettings;
import io.tidemark.gateway.replication.Peers;
import io.tidemark.identity.Hosts;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.Limits;
import io.tidemark.wire.Names;
import io.tidemark.wire.log.LogFormat;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings, checked, and cut to what each room needs.
 *
 * @param identity null if security is off
 */
record Settings(
    LogSettings log,
    IntakeSettings intake,
    RateSettings rates,
    MqttSettings mqtt,
    PasswordSettings passwords,
    CoapSettings coap,
    ForwardSettings forward,
    Duration reportInterval,
    Advertised advertised,
    @Nullable IdentitySettings identity) {
  private static final int DEFAULT_PEER_PORT = 9001;

  /** Leaves room in an entry for the last delivery and what is around it. */
  private static final int ENTRY_MAX_BYTES =
      Limits.ENTRY_MAX_BYTES - MqttSettings.PACKET_MAX_BYTES - (64 << 10);

  private static final int REQUEST_MAX_BYTES = Limits.FORWARD_MAX_BYTES / 2;
  private static final int IPV4_BYTES = 4;
  private static final int LOOPBACK_NET = 127;
  private static final int MEBIBYTE = 1 << 20;
  private static final int READINGS_PER_SECOND_MAX = 100_000_000;
  private static final int BYTES_PER_SECOND_MIN = 128;
  private static final long BYTES_PER_SECOND_MAX = 1L << 40;

  /**
   * Checks them all.
   *
   * @throws IllegalArgumentException that names the setting, its value and the rule
   */
  static Settings of(GatewaySettings given) {
    String id = given.gateway().id();
    if (!Names.isName(id)) {
      throw new IllegalArgumentException(
          "tidemark.gateway.id must be 1 to 64 of A-Z a-z 0-9 _ . -, but is \"" + id + "\"");
    }
    var unusedFormat = LogFormat.of(LogFormat.PROPERTY, given.logFormat());
    Peers peers =
        Peers.parse(given.cluster().peers().orElse(id + "=127.0.0.1:" + DEFAULT_PEER_PORT), id);
    boolean secure = isSecure(given);
    Advertised advertised =
        new Advertised(
            advertised("mqtt", given.mqtt().advertisedAddress()),
            advertised("coap", given.coap().advertisedAddress()));
    return new Settings(
        log(given, id, peers),
        intake(given.intake(), id),
        rates(given.intake()),
        mqtt(given.mqtt(), secure),
        passwords(given.mqtt().password()),
        coap(given.coap(), secure),
        forward(given, secure),
        within(
            "report.interval",
            given.report().interval(),
            Duration.ofMillis(GatewayReport.INTERVAL_MIN_MILLIS)),
        advertised,
        secure ? identity(given, peers, advertised) : null);
  }

  private static boolean isSecure(GatewaySettings given) {
    switch (given.security()) {
      case "on" -> {
        return true;
      }
      case "off" -> {
        requireLoopback("tidemark.mqtt.host", given.mqtt().host());
        requireLoopback("tidemark.coap.host", given.coap().host());
        return false;
      }
      case "off-in-private-network" -> {
        return false;
      }
      default ->
          throw new IllegalArgumentException(
              "tidemark.security must be on, off or off-in-private-network, but is "
                  + given.security());
    }
  }

  /**
   * Returns if HTTP may be opened there, which Quarkus has done already.
   *
   * @throws IllegalArgumentException if security is off, and others could reach it
   */
  static void requireHttpHost(String security, String host) {
    if (security.equals("off")) {
      requireLoopback("quarkus.http.host", host);
    }
  }

  private static void requireLoopback(String key, String host) {
    byte[] address = Hosts.address(host);
    boolean loopback =
        address == null
            ? host.equals("localhost")
            : address.length == IPV4_BYTES && address[0] == LOOPBACK_NET
                || Arrays.equals(address, Hosts.address("::1"));
    if (!loopback) {
      throw new IllegalArgumentException(
          "tidemark.security=off opens this gateway to whoever reaches it, and %s=%s is not this machine alone: set it to 127.0.0.1; or turn security on; or, if nobody else is on that network, tidemark.security=off-in-private-network"
              .formatted(key, host));
    }
  }

  /** Its certificate names all hosts under which it is reached. */
  private static IdentitySettings identity(
      GatewaySettings given, Peers peers, Advertised advertised) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String address : Arrays.asList(advertised.mqtt, advertised.coap)) {
      if (address != null) {
        hosts.add(bare(Peers.Address.parse(address).host()));
      }
    }
    Peers.Address self = peers.addresses().get(given.gateway().id());
    if (self != null) {
      hosts.add(bare(self.host()));
    }
    for (String more : given.identity().hosts().orElse(List.of())) {
      if (!Hosts.isHost(more)) {
        throw new IllegalArgumentException(
            "tidemark.identity.hosts has \"%s\", which is neither a name nor an address"
                .formatted(more));
      }
      hosts.add(more);
    }
    return new IdentitySettings(
        given.gateway().id(),
        given.identity().dir().orElse(given.data().dir().resolve("identity")),
        given.identity().enrolmentToken().orElse(null),
        given.identity().enrolmentTokenFile().orElse(null),
        List.copyOf(hosts),
        given.ingest().urls());
  }

  private static LogSettings log(GatewaySettings given, String id, Peers peers) {
    GatewaySettings.Log log = given.log();
    return new LogSettings(
        id,
        peers,
        given.data().dir().resolve("log"),
        within("log.max-bytes", log.maxBytes(), 16L * MEBIBYTE, Long.MAX_VALUE),
        within("log.max-entries", log.maxEntries(), 1_000, Integer.MAX_VALUE),
        within("log.free-space-min-bytes", log.freeSpaceMinBytes(), MEBIBYTE, Long.MAX_VALUE),
        within("log.segment-max-bytes", log.segmentMaxBytes(), MEBIBYTE, 64 * MEBIBYTE));
  }

  private static IntakeSettings intake(GatewaySettings.Intake intake, String id) {
    return new IntakeSettings(
        id,
        within(
            "intake.uncommitted-max-bytes",
            intake.uncommittedMaxBytes(),
            MqttSettings.PACKET_MAX_BYTES,
            1L << 40),
        within("intake.entry-max-bytes", intake.entryMaxBytes(), 1, ENTRY_MAX_BYTES),
        within("intake.entries-in-flight-max", intake.entriesInFlightMax(), 1, 4),
        within("intake.commit-timeout", intake.commitTimeout(), Duration.ofMillis(100)),
        within("intake.collect-max", intake.collectMax(), Duration.ZERO));
  }

  private static RateSettings rates(GatewaySettings.Intake intake) {
    return new RateSettings(
        within(
            "intake.device-readings-per-second-max",
            intake.deviceReadingsPerSecondMax(),
            1,
            READINGS_PER_SECOND_MAX),
        within(
            "intake.device-bytes-per-second-max",
            intake.deviceBytesPerSecondMax(),
            BYTES_PER_SECOND_MIN,
            BYTES_PER_SECOND_MAX),
        within(
            "intake.site-readings-per-second-max",
            intake.siteReadingsPerSecondMax(),
            1,
            READINGS_PER_SECOND_MAX),
        within(
            "intake.site-bytes-per-second-max",
            intake.siteBytesPerSecondMax(),
            BYTES_PER_SECOND_MIN,
            BYTES_PER_SECOND_MAX),
        within("intake.rate-burst", intake.rateBurst(), Duration.ZERO));
  }

  /** An address of IPv6 has brackets before a port, and none in a certificate. */
  private static String bare(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static PasswordSettings passwords(GatewaySettings.Mqtt.Password password) {
    return new PasswordSettings(
        within("mqtt.password.waiting-max", password.waitingMax(), 1, 100_000),
        within(
            "mqtt.password.failures-per-address-max", password.failuresPerAddressMax(), 1, 100_000),
        within(
            "mqtt.password.failures-per-device-max", password.failuresPerDeviceMax(), 1, 100_000));
  }

  private static MqttSettings mqtt(GatewaySettings.Mqtt mqtt, boolean secure) {
    return new MqttSettings(
        mqtt.host(),
        within("mqtt.port", mqtt.port(), 0, 65_535),
        within("mqtt.tls.port", mqtt.tls().port(), 0, 65_535),
        !secure || mqtt.plain(),
        within("mqtt.connections-max", mqtt.connectionsMax(), 1, 1_000_000),
        within("mqtt.receive-maximum", mqtt.receiveMaximum(), 1, 65_535),
        within("mqtt.in-flight-max", mqtt.inFlightMax(), 1, 65_535),
        within("mqtt.connect-timeout", mqtt.connectTimeout(), Duration.ofSeconds(1)),
        within("mqtt.session-expiry-max", mqtt.sessionExpiryMax(), Duration.ZERO),
        within("mqtt.sessions-max", mqtt.sessionsMax(), 0, 1_000_000),
        within("mqtt.connections-per-address-max", mqtt.connectionsPerAddressMax(), 1, 1_000_000),
        within("mqtt.unidentified-max", mqtt.unidentifiedMax(), 1, 1_000_000),
        within("mqtt.messages-per-second-max", mqtt.messagesPerSecondMax(), 1, 1_000_000),
        within(
            "mqtt.messages-per-second-per-address-max",
            mqtt.messagesPerSecondPerAddressMax(),
            1,
            10_000_000),
        within(
            "mqtt.unfinished-max-bytes",
            mqtt.unfinishedMaxBytes(),
            MqttSettings.PACKET_MAX_BYTES,
            1L << 40),
        within("mqtt.write-timeout", mqtt.writeTimeout(), Duration.ofSeconds(1)),
        within("mqtt.will-max-bytes", mqtt.willMaxBytes(), 1, MqttSettings.CONNECT_MAX_BYTES),
        within(
            "mqtt.packet-max-bytes",
            mqtt.packetMaxBytes(),
            MqttSettings.CONNECT_MAX_BYTES,
            MqttSettings.PACKET_MAX_BYTES),
        within("mqtt.unready-grace", mqtt.unreadyGrace(), Duration.ZERO));
  }

  private static CoapSettings coap(GatewaySettings.Coap coap, boolean secure) {
    return new CoapSettings(
        coap.host(),
        within("coap.port", coap.port(), 0, 65_535),
        within("coap.dtls.port", coap.dtls().port(), 0, 65_535),
        !secure || coap.plain(),
        within("coap.dtls.connections-max", coap.dtls().connectionsMax(), 1, 1_000_000),
        within("coap.dtls.handshakes-max", coap.dtls().handshakesMax(), 1, 1_000_000),
        within("coap.in-flight-max", coap.inFlightMax(), 1, 65_535),
        within("coap.retry-after", coap.retryAfter(), Duration.ofSeconds(1)),
        within("coap.remembered-max", coap.rememberedMax(), 1_024, 1_000_000),
        within(
            "coap.transfers-max-bytes",
            coap.transfersMaxBytes(),
            2 * Limits.BATCH_MAX_BYTES,
            1_024 * MEBIBYTE),
        within("coap.in-flight-per-address-max", coap.inFlightPerAddressMax(), 1, 65_535),
        within(
            "coap.messages-per-second-per-address-max",
            coap.messagesPerSecondPerAddressMax(),
            1,
            10_000_000),
        within(
            "coap.payload-max-bytes",
            coap.payloadMaxBytes(),
            CoapSettings.PAYLOAD_LEAST_BYTES,
            Limits.BATCH_MAX_BYTES));
  }

  private static ForwardSettings forward(GatewaySettings given, boolean secure) {
    GatewaySettings.Forward forward = given.forward();
    if (given.ingest().urls().isEmpty()) {
      throw new IllegalArgumentException("tidemark.ingest.urls must name at least one ingest");
    }
    given.ingest().urls().forEach(url -> checkUrl(url, secure));
    return new ForwardSettings(
        given.ingest().urls(),
        within("forward.request-max-bytes", forward.requestMaxBytes(), 1, REQUEST_MAX_BYTES),
        within("forward.requests-in-flight-max", forward.requestsInFlightMax(), 1, 64),
        within("forward.connect-timeout", forward.connectTimeout(), Duration.ofMillis(10)),
        within("forward.request-timeout", forward.requestTimeout(), Duration.ofMillis(10)),
        within("forward.heartbeat-interval", forward.heartbeatInterval(), Duration.ofMillis(10)),
        within("forward.mark-interval", forward.markInterval(), Duration.ofMillis(10)),
        within("forward.live-after", forward.liveAfter(), Duration.ofMillis(10)),
        within("forward.backoff-max", forward.backoffMax(), Duration.ofMillis(10)));
  }

  /** Where devices reach this gateway, {@code host:port}; null for the host among the peers. */
  record Advertised(@Nullable String mqtt, @Nullable String coap) {}

  private static @Nullable String advertised(String protocol, Optional<String> address) {
    if (address.isEmpty()) {
      return null;
    }
    try {
      return Peers.Address.parse(address.get()).toString();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "tidemark.%s.advertised-address: %s".formatted(protocol, e.getMessage()), e);
    }
  }

  /** Where devices reach a listener of this gateway, as it tells the others of its cluster. */
  String reached(@Nullable String advertised, int port) {
    Peers.Address self = log.peers().addresses().get(log.gateway());
    return advertised == null && self != null
        ? self.host() + ":" + port
        : String.valueOf(advertised);
  }

  private static void checkUrl(URI url, boolean secure) {
    boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (!http || url.getHost() == null) {
      throw new IllegalArgumentException(
          "tidemark.ingest.urls must be http://host:port or https://host:port, but one is " + url);
    }
    if (secure && !"https".equals(url.getScheme())) {
      throw new IllegalArgumentException(
          "tidemark.ingest.urls must be https://host:port where tidemark.security is on, but one is "
              + url);
    }
  }

  private static int within(String key, int value, int min, int max) {
    return (int) within(key, (long) value, min, max);
  }

  private static long within(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "tidemark.%s must be %d to %d, but is %d".formatted(key, min, max, value));
    }
    return value;
  }

  private static Duration within(String key, Duration value, Duration min) {
    if (value.compareTo(min) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "tidemark.%s must be %s to 1 hour, but is %s".formatted(key, min, value));
    }
    return value;
  }
}
