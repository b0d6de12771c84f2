package io.tidemark.sim.source;

import io.tidemark.wire.Reading;
import org.jspecify.annotations.Nullable;

/**
 * Makes readings of a plan again. Any can be asked for; a device's in order are quick, as where it
 * was is remembered (some hundred bytes each). Not thread-safe.
 */
public final class Regenerator {
  private final SimulationPlan plan;
  private final @Nullable Life[] lives;

  public Regenerator(SimulationPlan plan) {
    this.plan = plan;
    this.lives = new Life[plan.devices()];
  }

  /**
   * The reading a device takes under a number.
   *
   * @param device its number, from 0 over all groups
   * @param epoch which of the device's epochs, from 0
   * @throws IllegalArgumentException if by the plan there is none
   */
  public Reading reading(int device, int epoch, long sequence) {
    DeviceGroup group = plan.group(device); // or there is no such device
    Position at = new Position(epoch, sequence);
    Life life = lives[device];
    if (life == null || life.isBeyond(at)) {
      life = new Life(plan, group, device);
      lives[device] = life;
    }
    Reading reading = life.skipTo(at) ? life.takeNext() : null;
    if (reading == null || life.epoch() != epoch) {
      lives[device] = null;
      throw new IllegalArgumentException(
          "by the plan there is no reading %d in epoch %d of device %d"
              .formatted(sequence, epoch + 1, device + 1));
    }
    return reading;
  }
}
