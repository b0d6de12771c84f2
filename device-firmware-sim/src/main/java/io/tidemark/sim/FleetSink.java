package io.tidemark.sim;

import io.tidemark.sim.fleet.Fleet;
import io.tidemark.sim.source.Sink;
import io.tidemark.sim.source.StoppablePace;
import io.tidemark.wire.Reading;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a source produces goes into the fleet, and what befalls its devices too. */
final class FleetSink implements Sink {
  private final Fleet fleet;
  private final @Nullable StoppablePace pace;

  /**
   * @param pace by which batches are planned; null if nothing says when
   */
  FleetSink(Fleet fleet, @Nullable StoppablePace pace) {
    this.fleet = fleet;
    this.pace = pace;
  }

  @Override
  public void batch(int device, List<Reading> readings) throws IOException, InterruptedException {
    fleet.produce(device, readings, pace == null ? Fleet.NOT_PLANNED : pace.dueAtNanos());
  }

  @Override
  public void repeatNext(int device) {
    fleet.repeatNext();
  }

  @Override
  public void holdNext(int device) {
    fleet.holdNext();
  }

  @Override
  public void newEpoch(int device) {
    fleet.newEpoch(device);
  }

  @Override
  public void struck(int device, String effect) {
    fleet.stats().struck(effect);
  }

  @Override
  public void power(int device, boolean on) {
    fleet.power(device, on);
  }

  @Override
  public void reconnect(int device) {
    fleet.reconnect(device);
  }
}
