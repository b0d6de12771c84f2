package io.tidemark.sim.source;

import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.List;

/** Takes what a source produces. */
@FunctionalInterface
public interface Sink {

  /**
   * Takes the readings of one batch; they follow those of the same device's batch before. May wait
   * until there is room.
   *
   * @param device its number in this process, from 0
   */
  void batch(int device, List<Reading> readings) throws IOException, InterruptedException;
}
