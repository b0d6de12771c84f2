package io.tidemark.sim.relay;

/** What became of a connection that a relay had accepted. */
public enum ConnectionEnd {
  /** One of its sides ended it, or the relay did when it was closed. */
  CLOSED("closed"),
  /** Reset by a cut. */
  CUT("cut"),
  /** Reset at the end of a half-open time, for it had lost bytes. */
  HALF_OPEN("half-open"),
  /** Reset at once, as new ones were refused or the link was cut. */
  REFUSED("refused"),
  /** Reset at once, as there were as many as there may be. */
  LIMIT("limit"),
  /** Reset as the gateway could not be connected to. */
  UNREACHABLE("unreachable");

  private final String text;

  ConnectionEnd(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
