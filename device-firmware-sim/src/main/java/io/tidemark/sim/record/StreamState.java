package io.tidemark.sim.record;

import java.util.List;

/**
 * Where a device stands in one of its epochs, according to the record.
 *
 * @param stream what the record calls it
 * @param nextSequence the lowest number not yet given
 * @param kept what has not been acknowledged, ascending
 */
public record StreamState(
    int stream, String device, long epoch, long nextSequence, List<KeptBatch> kept) {
  /** Copies the list. */
  public StreamState {
    kept = List.copyOf(kept);
  }
}
