package io.tidemark.gateway.mqtt;

import io.tidemark.gateway.intake.Outcome;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What outlives a connection: the messages that came and have no answer yet. One that comes again
 * gets the answer to the first, and is no second delivery (MQTT 5, section 4.1 and 4.4).
 *
 * <p>Thread-safe: a connection that is taken over may still answer while the next one begins.
 */
final class Session {
  private final Map<Integer, AckWindow.Slot> unanswered = new ConcurrentHashMap<>();

  void took(AckWindow.Slot slot) {
    unanswered.put(slot.packetId(), slot);
  }

  void answered(AckWindow.Slot slot) {
    unanswered.remove(slot.packetId(), slot);
  }

  /**
   * The message that now comes again, if it came before and may still be committed, or is.
   *
   * @param digest of its topic and payload: a packet id alone could name another message
   */
  AckWindow.@Nullable Slot again(int packetId, int digest) {
    AckWindow.Slot slot = unanswered.get(packetId);
    if (slot == null || slot.digest() != digest) {
      return null;
    }
    Outcome outcome = slot.known();
    return outcome == null || outcome instanceof Outcome.Committed ? slot : null;
  }

  /** Keeps only these: what was not sent again before the first new message never will be. */
  void keepOnly(Collection<AckWindow.Slot> slots) {
    unanswered.values().retainAll(slots);
  }

  int size() {
    return unanswered.size();
  }
}
