package io.tidemark.sim.link;

import org.jspecify.annotations.Nullable;

/**
 * A connection's end, or that there was none.
 *
 * @param why in words, for people
 * @param blame the refusal of something that was sent, if the gateway has ended the connection over
 *     it; it does not say which. Null otherwise.
 * @param reference where the gateway says to go instead (MQTT 5's Server Reference), otherwise
 *     empty
 */
public record Loss(String why, @Nullable Outcome blame, String reference) {

  /** An end that blames nothing and names no other gateway. */
  public Loss(String why) {
    this(why, null, "");
  }
}
