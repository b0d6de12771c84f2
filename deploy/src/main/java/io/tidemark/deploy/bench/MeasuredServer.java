package io.tidemark.deploy.bench;

import java.io.IOException;

/** A process of this machine that takes messages on loopback: a gateway, or a peer beside it. */
interface MeasuredServer extends AutoCloseable {
  /** As it is called in the results. */
  String name();

  /** What is spoken at its port. */
  Protocol protocol();

  /** Starts it and waits until it takes messages. */
  void start() throws IOException, InterruptedException;

  int port();

  long pid();

  /** Waits until it is done with everything it has acknowledged, so that this is paid for too. */
  void settle() throws IOException, InterruptedException;

  @Override
  void close() throws InterruptedException;
}
