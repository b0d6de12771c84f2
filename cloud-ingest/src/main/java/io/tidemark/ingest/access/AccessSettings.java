package io.tidemark.ingest.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * How access is watched.
 *
 * @param security whether it is at all
 * @param sessionIdle a session not used for so long is over
 * @param sessionMax a session is over so long after the login, used or not
 */
public record AccessSettings(Security security, Duration sessionIdle, Duration sessionMax) {
  /** Whether anything is asked of those who reach ingest. */
  public enum Security {
    /** Nobody gets anything without a role. */
    ON,
    /** Everybody who reaches it may do everything; only on a loopback address. */
    OFF,
    /**
     * As {@link #OFF} on an address that others can reach: for a network that nobody else is on,
     * such as network namespaces of one machine.
     */
    OFF_IN_PRIVATE_NETWORK;

    /** What the setting says, such as {@code off-in-private-network}. */
    static Security of(String word) {
      return switch (word) {
        case "on" -> ON;
        case "off" -> OFF;
        case "off-in-private-network" -> OFF_IN_PRIVATE_NETWORK;
        default ->
            throw new IllegalArgumentException(
                "tidemark.security must be on or off, but is " + word);
      };
    }
  }

  private static final Duration IDLE_MIN = Duration.ofSeconds(1);
  private static final Duration MAX_MAX = Duration.ofDays(365);

  /** Of settings that cannot be taken: nobody gets anything. */
  public static final AccessSettings CLOSED =
      new AccessSettings(Security.ON, Duration.ofSeconds(1), Duration.ofSeconds(1));

  /** Checks what belongs together. */
  public AccessSettings {
    if (sessionIdle.compareTo(IDLE_MIN) < 0
        || sessionMax.compareTo(sessionIdle) < 0
        || sessionMax.compareTo(MAX_MAX) > 0) {
      throw new IllegalArgumentException(
          "tidemark.access.session-idle must be 1s or more, and tidemark.access.session-max no less than it and at most"
              + " 365d, but they are %s and %s".formatted(sessionIdle, sessionMax));
    }
  }

  /**
   * What the settings say.
   *
   * @param host the address ingest listens on
   * @throws IllegalArgumentException that says what is wrong and what to do
   */
  public static AccessSettings of(
      String security, String host, Duration sessionIdle, Duration sessionMax) {
    Security wanted = Security.of(security);
    if (wanted == Security.OFF && !isLoopback(host)) {
      throw new IllegalArgumentException(
          ("tidemark.security=off lets everybody who reaches ingest do everything, and quarkus.http.host=%s can be reached"
                  + " from elsewhere: set quarkus.http.host=127.0.0.1, or leave tidemark.security on")
              .formatted(host));
    }
    return new AccessSettings(wanted, sessionIdle, sessionMax);
  }

  private static boolean isLoopback(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return !host.isEmpty();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Whether a role is needed. */
  public boolean isOn() {
    return security == Security.ON;
  }
}
