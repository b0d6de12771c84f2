package io.tidemark.sim.link;

/** A connection to a gateway that stands. To be used on its device's loop only. */
public interface Link {

  /** How many payloads the gateway takes before it has answered the first of them. */
  int windowMax();

  /** Most bytes the gateway takes in one payload. */
  int payloadMaxBytes();

  /**
   * Sends a payload to be acknowledged. The listener hears of the answer under the id returned.
   *
   * @param payload not to be changed any more
   * @return an id, unique among those not answered yet
   */
  int send(byte[] payload);

  /** Says goodbye and closes. The listener hears nothing more. */
  void close();
}
