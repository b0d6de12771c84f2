package io.tidemark.sim.link;

import io.tidemark.wire.PayloadType;
import org.jspecify.annotations.Nullable;

/** A connection to a gateway that stands. To be used on its device's loop only. */
public interface Link {

  /** How many payloads may be sent before the gateway has answered the first of them. */
  int windowMax();

  /**
   * What the gateway would answer to a payload of this size, by what it announced; null if only
   * sending it can tell.
   */
  @Nullable Outcome refusedUnsent(int payloadBytes);

  /**
   * Sends a payload to be acknowledged. The listener hears of the answer under the id returned,
   * never before this method has returned.
   *
   * @param payload not to be changed any more
   * @param type what it is, said where the protocol can
   * @return an id, unique among those not answered yet
   * @throws IllegalStateException if {@link #windowMax} payloads are unanswered
   */
  int send(byte[] payload, PayloadType type);

  /**
   * Falls silent, as when power is cut: nothing is sent or read any more, nor does the listener
   * hear anything. What {@link #close} then sends is no goodbye but what the device's system would
   * answer once it is back and knows nothing of the connection: over TCP, a reset.
   */
  void cut();

  /** Says goodbye, where the protocol can, and closes. The listener hears nothing more. */
  void close();
}
