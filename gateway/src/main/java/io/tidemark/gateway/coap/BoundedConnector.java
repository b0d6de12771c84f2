package io.tidemark.gateway.coap;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.californium.elements.RawDataChannel;
import org.eclipse.californium.elements.UDPConnector;
import org.eclipse.californium.elements.config.Configuration;

/**
 * The UDP socket; drops what there is no room for, as UDP may, and as the devices' retransmissions
 * are there for.
 */
final class BoundedConnector extends UDPConnector {
  private final Backlog backlog;
  private final LongAdder dropped;

  BoundedConnector(
      InetSocketAddress address, Configuration configuration, Backlog backlog, LongAdder dropped) {
    super(address, configuration);
    this.backlog = backlog;
    this.dropped = dropped;
  }

  @Override
  public void setRawDataReceiver(RawDataChannel receiver) {
    super.setRawDataReceiver(
        datagram -> {
          if (backlog.enter(datagram.getSize())) {
            receiver.receiveData(datagram);
          } else {
            dropped.increment();
          }
        });
  }
}
