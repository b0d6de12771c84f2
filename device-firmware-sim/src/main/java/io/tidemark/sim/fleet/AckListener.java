package io.tidemark.sim.fleet;

/**
 * Is told what gateways have acknowledged. Called on the loops of the devices, so by any of them.
 */
public interface AckListener {
  /**
   * A batch of readings was acknowledged; once, even if it is sent again afterwards.
   *
   * @param gateway which of the fleet's gateways did, from 0
   * @param first the first reading's number
   * @param count how many readings
   */
  void acknowledged(String device, int gateway, long epoch, long first, int count);
}
