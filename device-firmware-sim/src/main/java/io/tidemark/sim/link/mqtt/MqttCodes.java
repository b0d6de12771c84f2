package io.tidemark.sim.link.mqtt;

import io.tidemark.sim.link.Outcome;
import io.tidemark.sim.link.Outcome.Verdict;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an MQTT 5 reason code means for a payload (section 2.4 of the specification). */
final class MqttCodes {
  /** Packet too large. */
  static final int TOO_LARGE = 0x95;

  /** From here on a code says that something failed. */
  private static final int FIRST_FAILURE = 0x80;

  /** Not authorised, topic name invalid, packet too large, payload format invalid. */
  private static final Set<Integer> FOR_GOOD = Set.of(0x87, 0x90, TOO_LARGE, 0x99);

  private MqttCodes() {}

  static Outcome outcome(int code, String reason) {
    return outcome(code, reason, Duration.ZERO);
  }

  static Outcome outcome(int code, String reason, Duration pause) {
    Verdict verdict =
        code < FIRST_FAILURE
            ? Verdict.ACCEPTED
            : FOR_GOOD.contains(code) ? Verdict.REFUSED : Verdict.LATER;
    return new Outcome(verdict, inWords(code), reason, pause);
  }

  /** The refusal that a DISCONNECT with this code is; null if it blames nothing that was sent. */
  static @Nullable Outcome blame(int code, String reason) {
    return code == TOO_LARGE ? outcome(code, reason) : null;
  }

  /** As counted and declared: {@code 0x99}. */
  static String inWords(int code) {
    return "0x%02x".formatted(code);
  }
}
