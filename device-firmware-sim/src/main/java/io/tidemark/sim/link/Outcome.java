package io.tidemark.sim.link;

/**
 * A gateway's answer to a payload.
 *
 * @param code an MQTT 5 reason code (section 2.4 of the specification), 0x00 to 0xFF
 * @param reason what the gateway said in words, may be empty
 */
public record Outcome(int code, String reason) {
  /** Packet too large. */
  public static final int TOO_LARGE = 0x95;

  private static final int NOT_AUTHORIZED = 0x87;
  private static final int TOPIC_NAME_INVALID = 0x90;
  private static final int PAYLOAD_FORMAT_INVALID = 0x99;

  /** True if the gateway has taken the payload. */
  public boolean accepted() {
    return code < 0x80;
  }

  /** True if the same payload will never be taken, so that sending it again makes no sense. */
  public boolean permanent() {
    return code == TOO_LARGE
        || code == NOT_AUTHORIZED
        || code == TOPIC_NAME_INVALID
        || code == PAYLOAD_FORMAT_INVALID;
  }
}
