package io.tidemark.wire;

import org.jspecify.annotations.Nullable;

/**
 * Where a device sends to: a topic in MQTT, and with a leading slash a path in CoAP. Whoever takes
 * something from devices finds out here what it is and whose, and does so by nothing else.
 *
 * @param kind what it is for
 * @param device whose it is
 */
public record Address(Kind kind, String device) {
  /** All that there is; a gateway's tests go through them. */
  public enum Kind {
    /** For everything that a device measures and says of that. */
    TELEMETRY("/telemetry");

    private final String suffix;

    Kind(String suffix) {
      this.suffix = suffix;
    }

    /**
     * The address of a device.
     *
     * @throws IllegalArgumentException if {@code device} cannot name a device
     */
    public String of(String device) {
      return PREFIX + Names.requireDevice(device) + suffix;
    }
  }

  private static final String PREFIX = "devices/";

  /** The address that a text is; null if it is none. */
  public static @Nullable Address of(String text) {
    String device = deviceIn(text);
    if (device != null) {
      int end = PREFIX.length() + device.length();
      for (Kind kind : Kind.values()) {
        if (text.length() == end + kind.suffix.length() && text.endsWith(kind.suffix)) {
          return new Address(kind, device);
        }
      }
    }
    return null;
  }

  /**
   * The device that a text names as an address would, whatever follows; null if it names none. Of
   * this kind are topics that nobody sends to, as those of last words.
   */
  public static @Nullable String deviceIn(String text) {
    int end = text.startsWith(PREFIX) ? text.indexOf('/', PREFIX.length()) : -1;
    String device = end < 0 ? "" : text.substring(PREFIX.length(), end);
    return Names.isDevice(device) ? device : null;
  }
}
