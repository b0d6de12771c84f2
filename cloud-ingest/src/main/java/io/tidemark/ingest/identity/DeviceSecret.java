package io.tidemark.ingest.identity;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * That a device has a password or a key, and not which.
 *
 * @param madeAtNanos since 1970
 * @param madeBy who has had it made
 */
public record DeviceSecret(String device, Kind kind, long madeAtNanos, String madeBy) {
  /** What it is. */
  public enum Kind {
    /** For MQTT. */
    PASSWORD,
    /** A pre-shared key, for CoAP. */
    PSK;

    /** As the database and the API have it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The one of this text. */
    public static Optional<Kind> of(String text) {
      return Arrays.stream(values()).filter(kind -> kind.text().equals(text)).findFirst();
    }
  }
}
