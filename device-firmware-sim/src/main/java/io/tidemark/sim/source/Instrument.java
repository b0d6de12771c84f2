package io.tidemark.sim.source;

import io.tidemark.wire.Reading;

/**
 * What one device of a class measures: a pure function of its seed and place in the fleet, and of a
 * reading's number and time. So any reading can be made again without those before it. Thread-safe,
 * as it keeps nothing.
 */
interface Instrument {

  /**
   * The reading the device takes. Its sensor depends on nothing but the number. A metric that
   * cannot be measured (see {@link Faults}) is left out; at least one is always there.
   *
   * @param number from 0
   * @param timeNanos since 1970, UTC
   */
  Reading at(long number, long timeNanos);
}
