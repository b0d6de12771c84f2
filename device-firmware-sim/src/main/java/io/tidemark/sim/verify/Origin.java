package io.tidemark.sim.verify;

import io.tidemark.wire.Reading;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What decided the readings of a record, so that they can be made again without it. */
@FunctionalInterface
public interface Origin {
  /** Nothing is known: the record is all there is. */
  Origin UNKNOWN = settings -> null;

  /** Makes readings again. */
  @FunctionalInterface
  interface Readings {
    /**
     * Makes one again. Quick if a device's are asked for in order.
     *
     * @param device the device's place in the record, from 0
     * @param epoch which of the device's epochs, from 0
     * @throws IllegalArgumentException if by its origin there is none
     */
    Reading reading(int device, int epoch, long sequence);
  }

  /**
   * The readings of a record.
   *
   * @param settings what it says it is a record of
   * @return null if nothing but the record says what they are
   * @throws IllegalArgumentException if the settings contradict themselves
   */
  @Nullable Readings readings(Map<String, String> settings);
}
