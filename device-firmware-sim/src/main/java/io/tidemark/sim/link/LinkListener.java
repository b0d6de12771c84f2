package io.tidemark.sim.link;

/** What a device hears of its connection, always on its loop. */
public interface LinkListener {

  /** The gateway has accepted the device. */
  void connected(Link link);

  /** The gateway has answered a payload. */
  void settled(int id, Outcome outcome);

  /**
   * There is no connection, or not any more. What was not answered stays unanswered.
   *
   * @param why in words, for people
   * @param code the protocol's reason code the gateway gave, 0 if none
   */
  void lost(String why, int code);
}
