package io.tidemark.sim.source;

/** Says when it is time. */
public interface Pace {

  /**
   * Waits until {@code nanos} after the beginning; does not wait if that is past.
   *
   * @return false if the source is to stop, at once
   */
  boolean until(long nanos) throws InterruptedException;
}
