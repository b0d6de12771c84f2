package io.tidemark.agent.publish;

import java.util.Set;

/** What a PUBACK's reason code means for a batch (MQTT 5, table 3-4). */
enum Verdict {
  /** On a quorum: may leave the journal. */
  ACCEPTED,
  /** Would be refused for ever. */
  REFUSED,
  /** Not now. */
  LATER;

  private static final Set<Integer> SUCCESS =
      Set.of(0x00, 0x10); // 0x10: nobody subscribes, which is how it should be

  /**
   * Closed: a code that is not in it is tried again. Not authorised, topic name invalid, packet too
   * large, payload invalid.
   */
  private static final Set<Integer> FOR_GOOD = Set.of(0x87, 0x90, 0x95, 0x99);

  static Verdict of(int reasonCode) {
    if (SUCCESS.contains(reasonCode)) {
      return ACCEPTED;
    }
    return FOR_GOOD.contains(reasonCode) ? REFUSED : LATER;
  }

  /** As counted and declared: {@code 0x99}. */
  static String shown(int reasonCode) {
    return "0x%02x".formatted(reasonCode);
  }
}
