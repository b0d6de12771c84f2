package io.tidemark.deploy.device;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A way for datagrams to one address and back. Closed by whoever made it. For one thread. */
public interface Datagrams extends AutoCloseable {
  /** Sends one. */
  void send(byte[] bytes) throws IOException;

  /** The next that comes; null if none does within so many milliseconds. */
  byte @Nullable [] receive(int millis) throws IOException;

  @Override
  void close();
}
