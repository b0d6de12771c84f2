package io.tidemark.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tidemark.gateway.coap.CoapSettings;
import io.tidemark.gateway.forward.ForwardSettings;
import io.tidemark.gateway.identity.IdentitySettings;
import io.tidemark.gateway.identity.PasswordSettings;
import io.tidemark.gateway.intake.IntakeSettings;
import io.tidemark.gateway.intake.RateSettings;
import io.tidemark.gateway.mqtt.MqttSettings;
import io.tidemark.gateway.replication.LogSettings;
import io.tidemark.gateway.replication.Peers;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pins every key, its default, and the room it goes to. */
class SettingsTest {
  private static final Map<String, String> REQUIRED =
      Map.of("tidemark.gateway.id", "g1", "tidemark.ingest.urls", "https://ingest:8443");

  private static Settings settings(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(REQUIRED);
    all.putAll(more);
    return Settings.of(
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(all, "test", 100))
            .withConverter(Duration.class, 200, new DurationConverter())
            .withMapping(GatewaySettings.class)
            .build()
            .getConfigMapping(GatewaySettings.class));
  }

  @Test
  void defaults() {
    Settings settings = settings(Map.of());
    assertThat(settings.log())
        .isEqualTo(
            new LogSettings(
                "g1",
                Peers.parse("g1=127.0.0.1:9001", "g1"),
                Path.of("data", "log"),
                10_737_418_240L,
                500_000,
                268_435_456,
                8_388_608));
    assertThat(settings.intake())
        .isEqualTo(
            new IntakeSettings(
                "g1", 67_108_864, 1_048_576, 4, Duration.ofSeconds(10), Duration.ofMillis(250)));
    assertThat(settings.mqtt())
        .isEqualTo(
            new MqttSettings(
                "0.0.0.0",
                1883,
                8883,
                false,
                10_000,
                32,
                1024,
                Duration.ofSeconds(10),
                Duration.ofHours(1),
                10_000,
                10_000,
                1_000,
                10_000,
                1_000_000,
                67_108_864,
                Duration.ofSeconds(10),
                4_096,
                263_168,
                Duration.ofSeconds(1)));
    assertThat(settings.passwords()).isEqualTo(new PasswordSettings(1_000, 100, 10));
    assertThat(settings.coap())
        .isEqualTo(
            new CoapSettings(
                "0.0.0.0",
                5683,
                5684,
                false,
                10_000,
                1_000,
                1024,
                Duration.ofSeconds(5),
                16_384,
                16_777_216,
                1024,
                1_000_000,
                262_144));
    assertThat(settings.rates())
        .isEqualTo(
            new RateSettings(200_000, 32 << 20, 1_000_000, 128 << 20, Duration.ofSeconds(10)));
    assertThat(settings.forward())
        .isEqualTo(
            new ForwardSettings(
                List.of(URI.create("https://ingest:8443")),
                1_048_576,
                4,
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5)));
    assertThat(settings.reportInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.identity())
        .isEqualTo(
            new IdentitySettings(
                "g1",
                Path.of("data", "identity"),
                null,
                null,
                List.of("127.0.0.1"),
                List.of(URI.create("https://ingest:8443"))));
  }

  @Test
  void withSecurityOffNobodyElseReachesIt() {
    Map<String, String> off =
        Map.of(
            "tidemark.security", "off",
            "tidemark.ingest.urls", "http://ingest:8080",
            "tidemark.mqtt.host", "127.0.0.1",
            "tidemark.coap.host", "localhost");
    Settings settings = settings(off);
    assertThat(settings.identity()).isNull();
    assertThat(settings.mqtt().plain()).isTrue();
    assertThat(settings.coap().plain()).isTrue();
    for (String key : List.of("tidemark.mqtt.host", "tidemark.coap.host")) {
      Map<String, String> open = new HashMap<>(off);
      open.put(key, "0.0.0.0");
      assertThatThrownBy(() -> settings(open))
          .hasMessageContaining(key + "=0.0.0.0 is not this machine alone")
          .hasMessageContaining("set it to 127.0.0.1");
      open.put("tidemark.security", "off-in-private-network");
      assertThat(settings(open).identity()).isNull();
    }
    assertThatThrownBy(() -> Settings.requireHttpHost("off", "0.0.0.0"))
        .hasMessageContaining("quarkus.http.host=0.0.0.0 is not this machine alone");
    Settings.requireHttpHost("off", "127.0.0.1");
    Settings.requireHttpHost("off-in-private-network", "10.0.0.1");
    Settings.requireHttpHost("on", "0.0.0.0");
    Map<String, String> six = new HashMap<>(off);
    six.put("tidemark.mqtt.host", "::1");
    assertThat(settings(six).mqtt().host()).isEqualTo("::1");
  }

  @Test
  void anAddressOfIpv6HasNoBracketsInACertificate() {
    Settings settings = settings(Map.of("tidemark.cluster.peers", "g1=[::1]:9001"));
    assertThat(settings.identity()).extracting(IdentitySettings::hosts).isEqualTo(List.of("::1"));
  }

  @Test
  void everyKey() {
    Map<String, String> given = new HashMap<>();
    given.put("tidemark.gateway.id", "g7");
    given.put("tidemark.cluster.peers", "g7=gw.example:9107");
    given.put("tidemark.data.dir", "/var/lib/tidemark");
    given.put("tidemark.ingest.urls", "https://a:1,https://b:2");
    given.put("tidemark.log.max-bytes", "20000000");
    given.put("tidemark.log.max-entries", "2000");
    given.put("tidemark.log.free-space-min-bytes", "3000000");
    given.put("tidemark.log.segment-max-bytes", "2000000");
    given.put("tidemark.mqtt.host", "127.0.0.1");
    given.put("tidemark.mqtt.port", "2883");
    given.put("tidemark.mqtt.plain", "true");
    given.put("tidemark.mqtt.tls.port", "2884");
    given.put("tidemark.coap.plain", "true");
    given.put("tidemark.coap.dtls.port", "6684");
    given.put("tidemark.coap.dtls.connections-max", "37");
    given.put("tidemark.coap.dtls.handshakes-max", "38");
    given.put("tidemark.identity.dir", "/etc/tidemark/identity");
    given.put("tidemark.identity.enrolment-token", "tmt_x");
    given.put("tidemark.identity.hosts", "balancer,10.0.0.9");
    given.put("tidemark.identity.enrolment-token-file", "/run/token");
    given.put("tidemark.mqtt.connections-max", "11");
    given.put("tidemark.mqtt.receive-maximum", "12");
    given.put("tidemark.mqtt.in-flight-max", "13");
    given.put("tidemark.mqtt.connect-timeout", "14s");
    given.put("tidemark.mqtt.session-expiry-max", "22s");
    given.put("tidemark.mqtt.sessions-max", "23");
    given.put("tidemark.mqtt.advertised-address", "gw.example:18830");
    given.put("tidemark.coap.advertised-address", "gw2.example:56830");
    given.put("tidemark.coap.host", "127.0.0.2");
    given.put("tidemark.coap.port", "6683");
    given.put("tidemark.coap.in-flight-max", "24");
    given.put("tidemark.coap.retry-after", "25s");
    given.put("tidemark.coap.remembered-max", "2400");
    given.put("tidemark.coap.transfers-max-bytes", "2500000");
    given.put("tidemark.coap.in-flight-per-address-max", "31");
    given.put("tidemark.coap.messages-per-second-per-address-max", "32");
    given.put("tidemark.coap.payload-max-bytes", "33000");
    given.put("tidemark.mqtt.connections-per-address-max", "24");
    given.put("tidemark.mqtt.unidentified-max", "25");
    given.put("tidemark.mqtt.messages-per-second-max", "26");
    given.put("tidemark.mqtt.messages-per-second-per-address-max", "27");
    given.put("tidemark.mqtt.unfinished-max-bytes", "2700000");
    given.put("tidemark.mqtt.write-timeout", "28s");
    given.put("tidemark.mqtt.will-max-bytes", "2900");
    given.put("tidemark.mqtt.packet-max-bytes", "30000");
    given.put("tidemark.mqtt.unready-grace", "34s");
    given.put("tidemark.mqtt.password.waiting-max", "41");
    given.put("tidemark.mqtt.password.failures-per-address-max", "42");
    given.put("tidemark.mqtt.password.failures-per-device-max", "43");
    given.put("tidemark.intake.uncommitted-max-bytes", "3000000");
    given.put("tidemark.intake.entry-max-bytes", "4000");
    given.put("tidemark.intake.entries-in-flight-max", "3");
    given.put("tidemark.intake.commit-timeout", "15s");
    given.put("tidemark.intake.collect-max", "16ms");
    given.put("tidemark.intake.device-readings-per-second-max", "41");
    given.put("tidemark.intake.device-bytes-per-second-max", "4200");
    given.put("tidemark.intake.site-readings-per-second-max", "43");
    given.put("tidemark.intake.site-bytes-per-second-max", "4400");
    given.put("tidemark.intake.rate-burst", "45s");
    given.put("tidemark.forward.request-max-bytes", "5000");
    given.put("tidemark.forward.requests-in-flight-max", "6");
    given.put("tidemark.forward.connect-timeout", "17s");
    given.put("tidemark.forward.request-timeout", "18s");
    given.put("tidemark.forward.heartbeat-interval", "19s");
    given.put("tidemark.forward.mark-interval", "20s");
    given.put("tidemark.forward.live-after", "35s");
    given.put("tidemark.report.interval", "36s");
    given.put("tidemark.forward.backoff-max", "21s");

    assertThat(settings(given))
        .isEqualTo(
            new Settings(
                new LogSettings(
                    "g7",
                    Peers.parse("g7=gw.example:9107", "g7"),
                    Path.of("/var/lib/tidemark/log"),
                    20_000_000,
                    2_000,
                    3_000_000,
                    2_000_000),
                new IntakeSettings(
                    "g7", 3_000_000, 4_000, 3, Duration.ofSeconds(15), Duration.ofMillis(16)),
                new RateSettings(41, 4_200, 43, 4_400, Duration.ofSeconds(45)),
                new MqttSettings(
                    "127.0.0.1",
                    2883,
                    2884,
                    true,
                    11,
                    12,
                    13,
                    Duration.ofSeconds(14),
                    Duration.ofSeconds(22),
                    23,
                    24,
                    25,
                    26,
                    27,
                    2_700_000,
                    Duration.ofSeconds(28),
                    2_900,
                    30_000,
                    Duration.ofSeconds(34)),
                new PasswordSettings(41, 42, 43),
                new CoapSettings(
                    "127.0.0.2",
                    6683,
                    6684,
                    true,
                    37,
                    38,
                    24,
                    Duration.ofSeconds(25),
                    2_400,
                    2_500_000,
                    31,
                    32,
                    33_000),
                new ForwardSettings(
                    List.of(URI.create("https://a:1"), URI.create("https://b:2")),
                    5_000,
                    6,
                    Duration.ofSeconds(17),
                    Duration.ofSeconds(18),
                    Duration.ofSeconds(19),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(35),
                    Duration.ofSeconds(21)),
                Duration.ofSeconds(36),
                new Settings.Advertised("gw.example:18830", "gw2.example:56830"),
                new IdentitySettings(
                    "g7",
                    Path.of("/etc/tidemark/identity"),
                    "tmt_x",
                    Path.of("/run/token"),
                    List.of("gw.example", "gw2.example", "balancer", "10.0.0.9"),
                    List.of(URI.create("https://a:1"), URI.create("https://b:2")))));
  }

  @Test
  void othersAreToldTheHostAmongThePeersIfNothingElseIsSaid() {
    Settings settings = settings(Map.of("tidemark.cluster.peers", "g1=gw.example:9107"));
    assertThat(settings.advertised()).isEqualTo(new Settings.Advertised(null, null));
    assertThat(settings.reached(null, 1883)).isEqualTo("gw.example:1883");
    assertThat(settings.reached("nat.example:7", 1883)).isEqualTo("nat.example:7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tidemark.gateway.id | a b | must be 1 to 64",
        "tidemark.cluster.peers | g1=a:1,g2=b:2 | names 2 gateways",
        "tidemark.ingest.urls | ftp://a | must be http://host:port",
        "tidemark.ingest.urls | http://a:1 | must be https://host:port where tidemark.security is on",
        "tidemark.identity.hosts | a b | which is neither a name nor an address",
        "tidemark.security | yes | must be on, off or",
        "tidemark.log-format | xml | must be text or json, but is \"xml\"",
        "tidemark.mqtt.tls.port | 70000 | must be 0 to 65535",
        "tidemark.coap.dtls.port | 70000 | must be 0 to 65535",
        "tidemark.coap.dtls.connections-max | 0 | must be 1 to 1000000",
        "tidemark.coap.dtls.handshakes-max | 0 | must be 1 to 1000000",
        "tidemark.log.max-bytes | 1 | must be 16777216 to",
        "tidemark.log.max-entries | 1 | must be 1000 to",
        "tidemark.log.segment-max-bytes | 1 | must be 1048576 to",
        "tidemark.mqtt.advertised-address | here | not of the form host:port",
        "tidemark.coap.advertised-address | here:x | not a port",
        "tidemark.mqtt.port | 70000 | must be 0 to 65535",
        "tidemark.mqtt.receive-maximum | 0 | must be 1 to 65535",
        "tidemark.coap.port | -1 | must be 0 to 65535",
        "tidemark.coap.in-flight-max | 0 | must be 1 to 65535",
        "tidemark.coap.retry-after | 900ms | must be PT1S to 1 hour",
        "tidemark.coap.in-flight-per-address-max | 0 | must be 1 to 65535",
        "tidemark.coap.messages-per-second-per-address-max | 0 | must be 1 to 10000000",
        "tidemark.coap.payload-max-bytes | 16000 | must be 16384 to 262144",
        "tidemark.coap.remembered-max | 1000 | must be 1024 to 1000000",
        "tidemark.coap.transfers-max-bytes | 1000 | must be 524288 to 1073741824",
        "tidemark.mqtt.connections-per-address-max | 0 | must be 1 to 1000000",
        "tidemark.mqtt.unidentified-max | 0 | must be 1 to 1000000",
        "tidemark.mqtt.messages-per-second-max | 0 | must be 1 to 1000000",
        "tidemark.mqtt.messages-per-second-per-address-max | 0 | must be 1 to 10000000",
        "tidemark.mqtt.unfinished-max-bytes | 1024 | must be 263168 to",
        "tidemark.mqtt.write-timeout | 1ms | must be PT1S to 1 hour",
        "tidemark.mqtt.will-max-bytes | 16385 | must be 1 to 16384",
        "tidemark.mqtt.packet-max-bytes | 263169 | must be 16384 to 263168",
        "tidemark.mqtt.unready-grace | 61m | must be PT0S to 1 hour",
        "tidemark.mqtt.password.waiting-max | 0 | must be 1 to 100000",
        "tidemark.mqtt.password.failures-per-address-max | 0 | must be 1 to 100000",
        "tidemark.mqtt.password.failures-per-device-max | 0 | must be 1 to 100000",
        "tidemark.intake.uncommitted-max-bytes | 10 | must be",
        "tidemark.intake.entry-max-bytes | 4194304 | must be 1 to 3865600",
        "tidemark.intake.entries-in-flight-max | 5 | must be 1 to 4",
        "tidemark.intake.device-readings-per-second-max | 0 | must be 1 to 100000000",
        "tidemark.intake.device-bytes-per-second-max | 127 | must be 128 to",
        "tidemark.intake.site-readings-per-second-max | 0 | must be 1 to 100000000",
        "tidemark.intake.site-bytes-per-second-max | 127 | must be 128 to",
        "tidemark.intake.rate-burst | 61m | must be PT0S to 1 hour",
        "tidemark.forward.request-max-bytes | 16777216 | must be 1 to 8388608",
        "tidemark.forward.live-after | 9ms | must be PT0.01S to 1 hour",
        "tidemark.report.interval | 99ms | must be PT0.1S to 1 hour",
        "tidemark.forward.backoff-max | 0s | must be PT0.01S to 1 hour"
      })
  void whatIsWrongIsSaid(String key, String value, String problem) {
    assertThatThrownBy(() -> settings(Map.of(key, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(problem);
  }
}
