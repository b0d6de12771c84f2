package io.tidemark.sim.link;

/** Gives devices their way out. Thread-safe. */
public interface Connector extends AutoCloseable {

  /** A way out for one device, on one of a few shared loops. Does no I/O. */
  Uplink uplink();

  /** Cuts every connection and ends the loops. */
  @Override
  void close();
}
