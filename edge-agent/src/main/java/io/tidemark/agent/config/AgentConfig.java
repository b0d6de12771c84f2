package io.tidemark.agent.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the agent is to do; valid by construction through {@link ConfigFile}.
 *
 * @param device {@code device}: whose readings these are
 * @param gateways {@code gateways}: {@code ssl://host:port}, {@code coaps://host:port}, {@code
 *     tcp://host:port} or {@code coap://host:port}, the first is home
 * @param identityDir {@code identity.dir}: where what proves who the device is lies
 * @param passwordFile {@code identity.password-file}: what proves it in place of a certificate;
 *     null if that does
 * @param journal {@code journal}
 * @param sensors {@code sensors}: at least one
 */
public record AgentConfig(
    String device,
    List<URI> gateways,
    Path identityDir,
    @Nullable Path passwordFile,
    Journal journal,
    List<Sensor> sensors) {
  public AgentConfig {
    gateways = List.copyOf(gateways);
    sensors = List.copyOf(sensors);
  }

  /**
   * True if some gateway is spoken to over TLS, which needs a credential or a password, or over
   * DTLS, which needs a credential.
   */
  public boolean isEncrypted() {
    return gateways.stream().map(URI::getScheme).anyMatch(Set.of("ssl", "coaps")::contains);
  }

  /**
   * Where readings wait.
   *
   * @param dir {@code journal.dir}
   * @param maxBytes {@code journal.max-bytes}
   * @param maxAge {@code journal.max-age}
   * @param commitInterval {@code journal.commit-interval}
   */
  public record Journal(Path dir, long maxBytes, Duration maxAge, Duration commitInterval) {
    static final Path DIR_DEFAULT = Path.of("/var/lib/tidemark-agent");
    static final long MAX_BYTES_DEFAULT = 64L << 20;
    static final Duration MAX_AGE_DEFAULT = Duration.ofHours(720);
    static final Duration COMMIT_INTERVAL_DEFAULT = Duration.ofSeconds(1);
  }

  /**
   * One sensor.
   *
   * @param id {@code id}: its name in readings, unique on the device
   * @param driver {@code driver}: which driver reads it; also the readings' kind
   * @param place where it is, as {@code bus} and {@code address} say
   * @param interval {@code interval}: its own pace
   */
  public record Sensor(String id, String driver, Place place, Duration interval) {
    static final Duration INTERVAL_DEFAULT = Duration.ofSeconds(10);
  }

  /** Where a sensor is; which of these follows from its driver. */
  public sealed interface Place {}

  /**
   * On an I2C bus.
   *
   * @param bus {@code bus}: its number; empty for {@code simulated}
   * @param address {@code address}: on the bus, 0x08 to 0x77
   */
  public record I2c(OptionalInt bus, int address) implements Place {
    static final int BUS_DEFAULT = 1;
    static final int ADDRESS_DEFAULT = 0x76;
  }

  /**
   * On a 1-Wire bus.
   *
   * @param bus {@code bus}: the number of its master; empty if it may be on any
   * @param id {@code address}: family and serial number as the kernel writes them, {@code
   *     28-0316a2795bff}
   */
  public record OneWire(OptionalInt bus, String id) implements Place {}

  /** The computer itself, which has neither bus nor address. */
  public record Board() implements Place {}

  /** The agent itself, which has neither. */
  public record Itself() implements Place {}
}
