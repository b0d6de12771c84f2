package io.tidemark.sim.relay;

/** Why a byte of a connection, or a datagram, was not passed on. */
public enum LostBy {
  /** Chance, by the share asked for. */
  LOSS("loss"),
  /** The link was cut, silently or not. */
  CUT("cut"),
  /** Swallowed while half-open, or after that on a connection that cannot go on. */
  HALF_OPEN("half-open"),
  /** A new client while new ones are refused. */
  REFUSED("refused"),
  /** As much waited already as may. */
  FULL("full"),
  /** As many clients were remembered already as may, or no socket could be had for one more. */
  CLIENTS("clients"),
  /** The other side was gone, or took no more. */
  UNSENT("unsent");

  private final String text;

  LostBy(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
