package io.tidemark.gateway.mqtt;

import java.util.Locale;

/**
 * What became of a will whose connection had ended without a word. The metric's {@code outcome}.
 */
public enum WillOutcome {
  /** It is in the log. */
  COMMITTED,
  /** The log could not take it, or nobody knows whether it did; it is not tried again. */
  LOST,
  /** Neither its topic nor its client id names a device. */
  NAMELESS,
  /** Who has left it would not be let in any more, and is not spoken for either. */
  REFUSED,
  /** It had a delay, and the device came back to its session before that was over. */
  RECALLED;

  /** The metric's tag. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
