package io.tidemark.agent.publish;

import java.time.Duration;
import java.util.Set;

/** What a PUBACK's reason code means for a batch (MQTT 5, table 3-4). */
final class MqttCodes {
  /** Of a CONNACK; with words, which Paho does not pass on. */
  static final int BANNED = 0x8A;

  static final int PACKET_TOO_LARGE = 0x95;
  static final int PAYLOAD_FORMAT_INVALID = 0x99;

  private static final Set<Integer> SUCCESS =
      Set.of(0x00, 0x10); // 0x10: nobody subscribes, which is how it should be

  /**
   * Closed: a code that is not in it is tried again. Not authorised, topic name invalid, packet too
   * large, payload invalid.
   */
  private static final Set<Integer> FOR_GOOD =
      Set.of(0x87, 0x90, PACKET_TOO_LARGE, PAYLOAD_FORMAT_INVALID);

  private MqttCodes() {}

  static Answer answer(int reasonCode, String reason) {
    Verdict verdict =
        SUCCESS.contains(reasonCode)
            ? Verdict.ACCEPTED
            : FOR_GOOD.contains(reasonCode) ? Verdict.REFUSED : Verdict.LATER;
    return new Answer(verdict, shown(reasonCode), reason, Duration.ZERO);
  }

  /** As counted and declared: {@code 0x99}. */
  static String shown(int reasonCode) {
    return "0x%02x".formatted(reasonCode);
  }
}
