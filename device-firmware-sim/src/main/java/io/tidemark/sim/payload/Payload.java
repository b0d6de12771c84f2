package io.tidemark.sim.payload;

import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Reading;

/** How a device says what it has measured. Stateless and thread-safe. */
public interface Payload {

  /** What it is called in scenarios, flags and records. */
  String id();

  /** What it is called in the protocols. */
  PayloadType type();

  /**
   * What travels in place of a recorded batch: the same bytes for the same batch, on every Java.
   *
   * @param batch an encoded batch of readings; not changed
   * @throws IllegalArgumentException if it is no batch
   */
  byte[] bytes(byte[] batch);

  /** True if a device that sends it can declare where it stands and what it has given up. */
  boolean declares();

  /**
   * True if it says the readings' own epochs and numbers. If it does not, a gateway numbers them,
   * and what a row came from only its contents tell.
   */
  boolean numbers();

  /**
   * The reading that is stored of one that was sent, if nothing goes wrong. Without {@link
   * #numbers} the nanoseconds within the millisecond are the gateway's to give, and 0 here.
   */
  Reading arrives(Reading reading, long sequence);

  /** The fastest a device may take readings, per second. */
  double rateMax();

  /** Most readings in one payload: any device's then fit into what a gateway takes. */
  int readingsMax();

  /**
   * Checks what can only be known with a plan.
   *
   * @param startNanos when readings begin, in nanoseconds since 1970 UTC
   * @throws IllegalArgumentException if it cannot say such times
   */
  void requireTime(long startNanos);
}
