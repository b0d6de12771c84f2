package io.tidemark.sim.source;

import java.io.IOException;

/** Produces readings until it has no more or is stopped. */
public interface Source {

  /**
   * Tells what is the matter with devices from the beginning on; called once, before they connect.
   */
  default void begin(Sink sink) {}

  /** A batch of this device is acknowledged, or given up. Any thread; must return at once. */
  default void settled(int device) {}

  /**
   * Produces on the calling thread.
   *
   * @throws IOException if a file cannot be read, or the sink cannot take more
   */
  void produce(Sink sink, Pace pace) throws IOException, InterruptedException;

  /**
   * True if the pace says when each batch is due, false if batches follow each other as fast as
   * they are taken.
   */
  default boolean planned() {
    return true;
  }
}
