package io.tidemark.sim.link;

import org.jspecify.annotations.Nullable;

/** What a device hears of its connection, always on its loop. */
public interface LinkListener {

  /**
   * Payloads may be sent: the gateway has accepted the device, or, where a protocol has no
   * connections, nothing speaks against trying.
   */
  void connected(Link link);

  /** The gateway has answered a payload. */
  void settled(int id, Outcome outcome);

  /** A part of a payload has arrived: however long the whole takes, it moves. */
  void advanced();

  /**
   * There is no connection, or not any more. What was not answered stays unanswered.
   *
   * @param why in words, for people
   * @param blame the refusal of something that was sent, if the gateway has ended the connection
   *     over it; it does not say which. Null otherwise.
   */
  void lost(String why, @Nullable Outcome blame);
}
