package io.tidemark.sim.view;

/** Where a running simulator shows itself. Used by one thread at a time. */
interface Display extends AutoCloseable {

  /** Called about once a second. */
  void show(Frame frame);

  /** Leaves the terminal as it was. */
  @Override
  void close();
}
