package io.tidemark.sim.link;

/** What a device hears of its connection, always on its loop. */
public interface LinkListener {

  /**
   * Payloads may be sent: the gateway has accepted the device, or, where a protocol has no
   * connections, is there.
   */
  void connected(Link link);

  /** The gateway has answered a payload. */
  void settled(int id, Outcome outcome);

  /** A part of a payload has arrived: however long the whole takes, it moves. */
  void advanced();

  /** There is no connection, or not any more. What was not answered stays unanswered. */
  void lost(Loss loss);
}
