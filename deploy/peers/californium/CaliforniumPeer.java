import java.io.IOException;
import java.net.InetSocketAddress;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.server.resources.CoapExchange;
import org.eclipse.californium.core.server.resources.Resource;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;

/**
 * A Californium server on a port of loopback, for {@code ./tidemark bench gateway}: run from its
 * source, with the library's jars that the gateway has. Every POST is answered with 2.04 at once,
 * and forgotten. The library is as it comes, but for three things: of its deduplicators it has the
 * one that bounds the messages of a peer, as the standard one keeps all for 247 s and runs out of
 * memory within a minute; of what is answered it keeps what a repetition needs; and its socket has
 * room for a burst of devices. The gateway has the same.
 */
final class CaliforniumPeer {
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  /** The least it takes. A device has one request outstanding, and the heap is the gateway's. */
  private static final int MESSAGES_OF_A_PEER = 4;

  /** Whatever the path. */
  private static final class Yes extends CoapResource {
    private Yes() {
      super("");
    }

    @Override
    public Resource getChild(String name) {
      return this;
    }

    @Override
    public void handlePOST(CoapExchange exchange) {
      exchange.respond(ResponseCode.CHANGED);
    }
  }

  private CaliforniumPeer() {}

  /** Runs until it is killed. Argument: the port. */
  public static void main(String[] arguments) throws IOException {
    // Made in code: the standard configuration writes a file into the working folder.
    Configuration configuration =
        new Configuration(SystemConfig.DEFINITIONS, CoapConfig.DEFINITIONS, UdpConfig.DEFINITIONS)
            .set(CoapConfig.DEDUPLICATOR, CoapConfig.DEDUPLICATOR_PEERS_MARK_AND_SWEEP)
            .set(CoapConfig.PEERS_MARK_AND_SWEEP_MESSAGES, MESSAGES_OF_A_PEER)
            .set(CoapConfig.USE_MESSAGE_OFFLOADING, true)
            .set(UdpConfig.UDP_RECEIVE_BUFFER_SIZE, RECEIVE_BUFFER_BYTES);
    CoapServer server =
        new CoapServer(configuration) {
          @Override
          protected Resource createRoot() {
            return new Yes();
          }
        };
    server.addEndpoint(
        CoapEndpoint.builder()
            .setConfiguration(configuration)
            .setInetSocketAddress(
                new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])))
            .build());
    server.start();
  }
}
