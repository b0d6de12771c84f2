package io.tidemark.agent.publish;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.Connector;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;

/**
 * A Californium endpoint for one link, on a free port. Configured here and nowhere else: the
 * library's standard configuration would read and write a file in the working folder.
 */
final class CoapSocket {
  /**
   * Most bytes in one message, and in a block: what is carried without fragments nearly everywhere
   * (RFC 7252, 4.6). A gateway may ask for smaller blocks.
   */
  static final int MESSAGE_MAX_BYTES = 1_024;

  /** Most bytes of a response; only its diagnostic text could be longer, and that is an error. */
  private static final int RESPONSE_MAX_BYTES = 8_192;

  /** One gateway, and room for whoever else sends something. */
  private static final int PEERS_MAX = 16;

  private CoapSocket() {}

  /**
   * Opens one; its threads are daemons.
   *
   * @param ackTimeout ACK_TIMEOUT (RFC 7252, 4.8), and as long until a DTLS handshake repeats
   *     itself
   * @param connector makes what is below it, without or with DTLS
   */
  static CoapEndpoint open(Duration ackTimeout, Function<Configuration, Connector> connector)
      throws IOException {
    Configuration configuration = configuration(ackTimeout);
    CoapEndpoint endpoint =
        CoapEndpoint.builder()
            .setConfiguration(configuration)
            .setConnector(connector.apply(configuration))
            .build();
    endpoint.start();
    return endpoint;
  }

  private static Configuration configuration(Duration ackTimeout) {
    return new Configuration(
            SystemConfig.DEFINITIONS,
            UdpConfig.DEFINITIONS,
            CoapConfig.DEFINITIONS,
            DtlsConfig.DEFINITIONS)
        .set(CoapConfig.ACK_TIMEOUT, (int) ackTimeout.toMillis(), TimeUnit.MILLISECONDS)
        .set(CoapConfig.MAX_MESSAGE_SIZE, MESSAGE_MAX_BYTES)
        .set(CoapConfig.PREFERRED_BLOCK_SIZE, MESSAGE_MAX_BYTES)
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, RESPONSE_MAX_BYTES)
        // A 4.13 is an answer: the library would send the same again in guessed blocks.
        .set(CoapConfig.BLOCKWISE_ENTITY_TOO_LARGE_AUTO_FAILOVER, false)
        .set(CoapConfig.MAX_ACTIVE_PEERS, PEERS_MAX)
        .set(UdpConfig.UDP_RECEIVER_THREAD_COUNT, 1)
        .set(UdpConfig.UDP_SENDER_THREAD_COUNT, 1)
        .set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY)
        .set(DtlsConfig.DTLS_USE_SERVER_NAME_INDICATION, false)
        // The gateway is given one; what it sends needs none.
        .set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, 0)
        .set(
            DtlsConfig.DTLS_RETRANSMISSION_TIMEOUT,
            (int) ackTimeout.toMillis(),
            TimeUnit.MILLISECONDS)
        .set(DtlsConfig.DTLS_MAX_CONNECTIONS, PEERS_MAX)
        .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
        .set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 1);
  }
}
