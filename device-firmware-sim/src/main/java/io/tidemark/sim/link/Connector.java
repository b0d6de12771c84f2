package io.tidemark.sim.link;

/** Gives devices their way out. Thread-safe. */
public interface Connector extends AutoCloseable {

  /**
   * A way out for one device, on one of a few shared loops. Does no I/O.
   *
   * @param device its number among all, from 0; decides what differs between devices
   */
  Uplink uplink(int device);

  /** Cuts every connection and ends the loops. */
  @Override
  void close();
}
