package io.tidemark.gateway.coap;

import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.MessageExchangeStore;
import org.eclipse.californium.core.network.serialization.DataParser;
import org.eclipse.californium.core.network.serialization.UdpDataSerializer;
import org.eclipse.californium.elements.Connector;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.util.CheckedExecutor;

/**
 * Californium's endpoint with one thread for everything, that of its loop. Its own has several, and
 * a queue with locks for each request, through which it passes four times.
 */
final class LoopEndpoint extends CoapEndpoint implements CheckedExecutor {
  private final CheckedExecutor loop;

  <L extends Connector & CheckedExecutor> LoopEndpoint(
      L loop, Configuration configuration, MessageExchangeStore store, DataParser parser) {
    super(
        loop,
        configuration,
        null,
        null,
        store,
        null,
        new UdpDataSerializer(),
        parser,
        "coap",
        null,
        null);
    this.loop = loop;
  }

  /** At once if that is possible: a datagram is worked off as it is received. */
  @Override
  public void execute(Runnable task) {
    if (loop.checkOwner()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  @Override
  public boolean checkOwner() {
    return loop.checkOwner();
  }

  @Override
  public void assertOwner() {
    loop.assertOwner();
  }
}
