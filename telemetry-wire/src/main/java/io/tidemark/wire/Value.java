package io.tidemark.wire;

import java.nio.charset.StandardCharsets;

/** What a metric says at one time: a number, a flag or a text. */
public sealed interface Value {

  /**
   * A double, kept bit for bit. NaN and infinities can travel (a device may send them); the store
   * refuses them, and they end in the quarantine. Equality is that of {@link Double#equals}: NaN
   * equals NaN, and 0.0 differs from -0.0.
   */
  record Num(double value) implements Value {}

  /** True or false. */
  record Flag(boolean value) implements Value {}

  /** A text of at most {@link Limits#TEXT_MAX_BYTES} bytes in UTF-8. */
  record Text(String value) implements Value {
    public Text {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
        throw new IllegalArgumentException("a text value may not have half a surrogate pair");
      }
      int bytes = value.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > Limits.TEXT_MAX_BYTES) {
        throw new IllegalArgumentException(
            "a text value may have " + Limits.TEXT_MAX_BYTES + " bytes, but has " + bytes);
      }
    }
  }

  /** A number. */
  static Value of(double value) {
    return new Num(value);
  }

  /** A flag. */
  static Value of(boolean value) {
    return new Flag(value);
  }

  /** A text. */
  static Value of(String value) {
    return new Text(value);
  }
}
