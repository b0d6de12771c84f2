package io.tidemark.agent.publish;

import java.time.Duration;

/**
 * Sends what the journal holds until told to stop. Runs by itself; all methods may be called by any
 * thread.
 */
public interface Publisher extends AutoCloseable {

  /** Begins. Does not wait for a connection. */
  void start();

  /**
   * Goes on until the journal is empty and a last status that says so is acknowledged, at most for
   * {@code max}; then stops. To be called once nothing more is recorded.
   *
   * @return true if nothing is left on the device
   */
  boolean drain(Duration max) throws InterruptedException;

  /**
   * What proves who this device is is another: a connection that was begun with the former ends
   * once what is in flight is answered, and one to the same gateway follows. Returns at once.
   */
  void renewConnection();

  PublishCounts counts();

  /** Stops at once; what is in flight stays in the journal. */
  @Override
  void close() throws InterruptedException;
}
