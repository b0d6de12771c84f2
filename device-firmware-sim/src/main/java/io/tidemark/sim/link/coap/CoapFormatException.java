package io.tidemark.sim.link.coap;

/** A datagram that is no CoAP message. */
final class CoapFormatException extends Exception {
  private static final long serialVersionUID = 1;

  private final int rejectId;

  /**
   * @param rejectId id of the message, if it wants to be answered with a reset (RFC 7252, section
   *     4.2); -1 if it is to be ignored
   */
  CoapFormatException(String message, int rejectId) {
    super(message);
    this.rejectId = rejectId;
  }

  int rejectId() {
    return rejectId;
  }
}
