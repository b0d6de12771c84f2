package io.tidemark.deploy.bench;

import java.io.IOException;

/**
 * One device of the generator: keeps its window full, and counts what is acknowledged. All on the
 * generator's thread.
 */
interface Client extends AutoCloseable {
  /** True once the server has let it in. */
  boolean accepted();

  /** What is to be published from now on. */
  void use(PublishStream next);

  /** Publishes so many more of the stream's messages. */
  void publish(int messages) throws IOException;

  /** True once everything it was to publish is acknowledged. */
  boolean done();

  /** Messages acknowledged so far. */
  int acknowledged();

  /** Does what its channel is ready for. */
  void ready() throws IOException;

  /** Sends again what was to be acknowledged by now. Called now and then. */
  void repeat(long nowNanos) throws IOException;

  /** Messages sent again so far. */
  int repeated();

  @Override
  void close() throws IOException;
}
