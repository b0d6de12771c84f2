package io.tidemark.sim.relay;

import java.net.InetSocketAddress;

/** One route at work. */
interface Carrier extends AutoCloseable {
  /** Where it listens. */
  InetSocketAddress address();

  /** The link has changed. Called on a thread of the relay, in the order of the changes. */
  void changed(Conditions before, Conditions now);

  /** Stops listening and ends everything; returns when that is done. */
  @Override
  void close();
}
