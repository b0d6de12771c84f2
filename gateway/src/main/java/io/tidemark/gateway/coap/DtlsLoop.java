package io.tidemark.gateway.coap;

import io.tidemark.gateway.intake.AddressRate;
import io.tidemark.identity.UntrustedException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.ConcurrentModificationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.elements.RawDataChannel;
import org.eclipse.californium.elements.config.CertificateAuthenticationMode;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.util.CheckedExecutor;
import org.eclipse.californium.scandium.ConnectionListener;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.Connection;
import org.eclipse.californium.scandium.dtls.ResumptionSupportingConnectionStore;
import org.eclipse.californium.scandium.dtls.SingleNodeConnectionIdGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The UDP socket with DTLS. Californium's connector has threads that receive, decrypt and shake
 * hands; what it has decrypted is worked off by one thread of ours, as {@link UdpLoop} does it for
 * what is not encrypted, and waits for that up to a bound.
 *
 * <p>Anybody may send under another's address; so nothing is remembered of a handshake before its
 * cookie has come back (RFC 6347, section 4.2.1), and the answer that asks for it is no larger than
 * what it answers.
 *
 * <p>{@link #execute} is for any thread.
 */
final class DtlsLoop extends DTLSConnector implements CheckedExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(DtlsLoop.class);

  /** What is decrypted waits up to that. */
  static final int BACKLOG_MAX_BYTES = 4 << 20;

  private static final int MESSAGE_OVERHEAD_BYTES = 512;

  /** Datagrams that wait to be decrypted. */
  private static final int ENCRYPTED_MAX = 2_048;

  private static final int CONNECTION_ID_BYTES = 6;

  /** Three times more in 2, 4 and 8 s: a handshake is given up after half a minute. */
  private static final int RETRANSMISSIONS_MAX = 3;

  private final ResumptionSupportingConnectionStore connections;
  private final CoapDtls dtls;
  private final Handshakes handshakes;
  private final AddressRate rates;
  private final CoapCounters counters;
  private final int connectionsMax;
  private final AtomicInteger backlogBytes = new AtomicInteger();
  private volatile @Nullable Thread owner;
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "coap-dtls");
            thread.setDaemon(true);
            owner = thread;
            return thread;
          });

  private DtlsLoop(
      DtlsConnectorConfig config,
      ResumptionSupportingConnectionStore connections,
      CoapDtls dtls,
      Handshakes handshakes,
      AddressRate rates,
      CoapCounters counters) {
    super(config, connections);
    this.connections = connections;
    this.dtls = dtls;
    this.connectionsMax = config.getConfiguration().get(DtlsConfig.DTLS_MAX_CONNECTIONS);
    this.handshakes = handshakes;
    this.rates = rates;
    this.counters = counters;
    handshakes.onReplaced(connection -> connections.remove(connection, true));
    // The list may have changed since this device was looked at, and its connection may not have
    // been one yet when those that there were then were looked through.
    handshakes.onCompleted(this::look);
  }

  /**
   * Does not listen yet.
   *
   * @param rates how many datagrams of an address are looked at
   * @param counters count what is refused and discarded
   */
  static DtlsLoop of(
      CoapSettings settings,
      CoapDtls dtls,
      int receiveBufferBytes,
      AddressRate rates,
      CoapCounters counters) {
    Handshakes handshakes = new Handshakes(settings.dtlsHandshakesMax(), counters);
    PreSharedKeys keys = dtls.keys();
    DtlsConnectorConfig config =
        DtlsConnectorConfig.builder(configuration(settings, receiveBufferBytes))
            .setAddress(new InetSocketAddress(settings.host(), settings.dtlsPort()))
            .setCertificateIdentityProvider(dtls.identity())
            .setAdvancedCertificateVerifier(dtls.verifier())
            .setAdvancedPskStore(keys)
            .setApplicationLevelInfoSupplier(keys)
            .setConnectionIdGenerator(new SingleNodeConnectionIdGenerator(CONNECTION_ID_BYTES))
            .setSessionListener(handshakes)
            .setConnectionListener(new Removals(handshakes))
            .build();
    return new DtlsLoop(config, createConnectionStore(config), dtls, handshakes, rates, counters);
  }

  private static Configuration configuration(CoapSettings settings, int receiveBufferBytes) {
    return new Configuration(DtlsConfig.DEFINITIONS)
        .set(DtlsConfig.DTLS_ROLE, DtlsRole.SERVER_ONLY)
        .set(DtlsConfig.DTLS_CLIENT_AUTHENTICATION_MODE, CertificateAuthenticationMode.NEEDED)
        // A session that goes on would not be asked for its certificate; a device has its
        // connection id for that.
        .set(DtlsConfig.DTLS_SERVER_USE_SESSION_ID, false)
        .set(DtlsConfig.DTLS_USE_SERVER_NAME_INDICATION, false)
        .set(DtlsConfig.DTLS_MAX_CONNECTIONS, settings.dtlsConnectionsMax())
        .set(DtlsConfig.DTLS_STALE_CONNECTION_THRESHOLD, 1, TimeUnit.SECONDS)
        .set(DtlsConfig.DTLS_MAX_RETRANSMISSIONS, RETRANSMISSIONS_MAX)
        .set(DtlsConfig.DTLS_MAX_PENDING_INBOUND_JOBS, ENCRYPTED_MAX)
        .set(DtlsConfig.DTLS_RECEIVE_BUFFER_SIZE, receiveBufferBytes)
        .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
        .set(
            DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT,
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  private record Removals(Handshakes handshakes) implements ConnectionListener {
    @Override
    public void onConnectionEstablished(Connection connection) {
      // Known by its handshake.
    }

    @Override
    public void onConnectionRemoved(Connection connection) {
      handshakes.removed(connection);
    }

    @Override
    public boolean onConnectionUpdatesSequenceNumbers(Connection connection, boolean writing) {
      return false;
    }

    @Override
    public boolean onConnectionMacError(Connection connection) {
      handshakes.undecipherable(connection.getOngoingHandshake());
      return false;
    }

    @Override
    public void beforeExecution(Connection connection) {
      // Nothing to do.
    }

    @Override
    public void updateExecution(Connection connection) {
      // Nothing to do.
    }

    @Override
    public void afterExecution(Connection connection) {
      // Nothing to do.
    }
  }

  /**
   * Ends the connections of devices that would not be let in any more, and tells them. Any thread.
   */
  void lookAgain() {
    handshakes.newest().forEach(this::look);
  }

  private void look(Handshakes.Known known) {
    InetSocketAddress peer = known.connection().getPeerAddress();
    if (peer != null && dtls.wrongWith(known.device()) != null) {
      UntrustedException objection = dtls.objection(known.device());
      if (objection != null) {
        counters.untrusted(objection.reason());
      }
      close(peer); // which tells it, and keeps the keys to hear that it was told
      handshakes.forget(known.connection());
    }
  }

  /** Devices whose keys are kept, and handshakes that are not over. */
  int connections() {
    return connectionsMax - connections.remainingCapacity();
  }

  /** Handshakes that are not over. */
  int handshakes() {
    return handshakes.count();
  }

  /** What receives calls this, and not the method without a router, of which there is none. */
  @Override
  protected void processDatagram(DatagramPacket datagram, @Nullable InetSocketAddress router) {
    if (rates.take(AddressRate.network(datagram.getAddress())) > 0) {
      counters.tooFast.increment();
    } else {
      super.processDatagram(datagram, router);
    }
  }

  @Override
  public void setRawDataReceiver(@Nullable RawDataChannel next) {
    super.setRawDataReceiver(
        next == null
            ? null
            : message -> {
              int bytes = message.getSize() + MESSAGE_OVERHEAD_BYTES;
              if (backlogBytes.addAndGet(bytes) > BACKLOG_MAX_BYTES) {
                backlogBytes.addAndGet(-bytes);
                counters.backlog.increment();
                return;
              }
              execute(
                  () -> {
                    backlogBytes.addAndGet(-bytes);
                    next.receiveData(message);
                  });
            });
  }

  /** Does it soon, on the loop's thread, after what was given before. */
  @Override
  public void execute(Runnable task) {
    try {
      executor.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              LOG.error("what was to be done for a device failed", e);
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.debug("the DTLS port is closed", e);
    }
  }

  @Override
  public boolean checkOwner() {
    return Thread.currentThread() == owner;
  }

  @Override
  public void assertOwner() {
    if (!checkOwner()) {
      throw new ConcurrentModificationException("only for the thread of the DTLS port");
    }
  }

  @Override
  public void destroy() {
    super.destroy();
    executor.shutdown();
  }
}
