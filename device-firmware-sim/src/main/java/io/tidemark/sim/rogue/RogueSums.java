package io.tidemark.sim.rogue;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What rogues of a kind did, and what came back. An attempt is a connection, or over CoAP a socket:
 *
 * <pre>
 * attempts = refused + disconnected + ignored + accepted + unreachable + stillConnected
 * </pre>
 *
 * @param rogues how many there are
 * @param attempts how many have begun
 * @param refused those told so, by the code: MQTT's {@code 0x99}, CoAP's {@code 4.00} or {@code
 *     reset}
 * @param disconnected those whose connection was ended without a code
 * @param ignored those given up as no answer came
 * @param accepted those answered as if they were right, where they must be refused
 * @param unreachable those that got no connection
 * @param stillConnected those not over; of a run that has ended, those that were left then
 * @param firstAccepted what the first of {@code accepted} was, in words; empty if there is none
 */
public record RogueSums(
    RogueKind kind,
    int rogues,
    long attempts,
    Map<String, Long> refused,
    long disconnected,
    long ignored,
    long accepted,
    long unreachable,
    long stillConnected,
    String firstAccepted) {
  /** Copies the map, sorted. */
  public RogueSums {
    refused = Collections.unmodifiableMap(new TreeMap<>(refused));
  }

  /** Those that were told so, whatever the code. */
  public long refusedInAll() {
    return refused.values().stream().mapToLong(Long::longValue).sum();
  }
}
