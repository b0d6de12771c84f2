package io.tidemark.sim.source;

import java.util.Collections;
import java.util.List;

/**
 * What a device takes next.
 *
 * @param epoch which of the device's epochs, from 0
 * @param sequence the number within it
 */
public record Position(int epoch, long sequence) {
  /** Where everything begins. */
  public static final Position BEGINNING = new Position(0, 0);

  /** So many devices that have not begun. */
  public static List<Position> beginnings(int devices) {
    return Collections.nCopies(devices, BEGINNING);
  }
}
