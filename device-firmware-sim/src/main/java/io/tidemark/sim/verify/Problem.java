package io.tidemark.sim.verify;

/**
 * One reading that is not as it should be.
 *
 * @param detail in words: what was expected and what was found
 */
public record Problem(Kind kind, String device, long epoch, long sequence, String detail) {
  /** What can be wrong with a reading. */
  public enum Kind {
    /** Acknowledged, and nowhere. */
    LOST,
    /** Refused for good, and the device cannot declare that: nowhere. */
    REFUSED,
    /** Stored more than once. */
    DOUBLED,
    /** Stored with other values. */
    ALTERED,
    /** Stored at another time. */
    MOVED,
    /** Stored under another device, epoch, sensor, kind or number. */
    MISPLACED;

    /** As it is written in the verdict. */
    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
