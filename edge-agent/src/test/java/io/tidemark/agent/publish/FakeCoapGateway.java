package io.tidemark.agent.publish;

import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.dtls.CheckedCertificates;
import io.tidemark.identity.dtls.ShownCredential;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.WireFormatException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.server.MessageDeliverer;
import org.eclipse.californium.elements.Connector;
import org.eclipse.californium.elements.RawData;
import org.eclipse.californium.elements.UDPConnector;
import org.eclipse.californium.elements.UdpEndpointContext;
import org.eclipse.californium.elements.auth.X509CertPath;
import org.eclipse.californium.elements.config.CertificateAuthenticationMode;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.DTLSContext;
import org.eclipse.californium.scandium.dtls.Handshaker;
import org.eclipse.californium.scandium.dtls.SessionAdapter;
import org.jspecify.annotations.Nullable;

/**
 * A real CoAP server that answers each batch as a script says, and remembers what it was sent; on a
 * network that loses what it is told to, or over DTLS.
 */
public final class FakeCoapGateway implements FakeServer {

  /** A response with this code; piggybacked, unless it was acknowledged before. */
  record Respond(ResponseCode code, long maxAgeSeconds) implements Answer {}

  /** Nothing, not even an acknowledgement. */
  record Silence() implements Answer {}

  /** A reset. */
  record Reject() implements Answer {}

  /** An empty acknowledgement at once, and the rest after a while, in a message of its own. */
  record Separate(Answer answer, long millis) implements Answer {}

  /** The same, after a while. */
  record Later(Answer answer, long millis) implements Answer {}

  static final Answer ACCEPT = new Respond(ResponseCode.CHANGED, 0);
  static final Answer SILENCE = new Silence();

  final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
  final AtomicInteger datagrams = new AtomicInteger();
  final AtomicInteger inFlightMax = new AtomicInteger();

  /** DTLS handshakes that have come to their end. */
  final AtomicInteger handshakes = new AtomicInteger();

  /** Whoever has sent a batch over DTLS, each time. */
  final List<X509Certificate> shown = new CopyOnWriteArrayList<>();

  private final Map<SocketAddress, Integer> connections = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger answers = new AtomicInteger();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private volatile Function<Batch, Answer> script = batch -> ACCEPT;
  private volatile IntPredicate losesRequest = number -> false;
  private volatile IntPredicate losesAnswer = number -> false;
  private volatile boolean knowsBlocks = true;
  private volatile InetSocketAddress address =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private volatile CoapServer server = new CoapServer(configuration(true));
  private volatile @Nullable Dtls dtls;

  /** With what it proves who it is, and whom it believes. */
  private record Dtls(OwnCredential own, CheckedCertificates.Check clients) {}

  static Answer respond(ResponseCode code) {
    return new Respond(code, 0);
  }

  @Override
  public FakeCoapGateway answers(Function<Batch, Answer> newScript) {
    script = newScript;
    return this;
  }

  /** Loses the datagrams that come in, counted from 1, for which this is true. */
  FakeCoapGateway losesRequests(IntPredicate which) {
    losesRequest = which;
    return this;
  }

  /** Loses the datagrams that go out, counted from 1, for which this is true. */
  FakeCoapGateway losesAnswers(IntPredicate which) {
    losesAnswer = which;
    return this;
  }

  /** Every block is to it a request, which it answers with 2.04 and no word about blocks. */
  FakeCoapGateway knowsNoBlocks() {
    knowsBlocks = false;
    return this;
  }

  /** Speaks DTLS, and knows devices by connection ids. */
  FakeCoapGateway encrypted(OwnCredential own, CheckedCertificates.Check clients) {
    dtls = new Dtls(own, clients);
    return this;
  }

  /** Closes the sessions of those who have sent a batch. */
  void closeSessions() {
    if (server.getEndpoints().get(0) instanceof CoapEndpoint endpoint
        && endpoint.getConnector() instanceof DTLSConnector connector) {
      connections.keySet().forEach(peer -> connector.close((InetSocketAddress) peer));
    }
  }

  private Connector connector(Configuration configuration) {
    Dtls secure = dtls;
    if (secure == null) {
      return new LossyConnector(address, configuration);
    }
    return new DTLSConnector(
        DtlsConnectorConfig.builder(configuration)
            .setAddress(address)
            .setCertificateIdentityProvider(new ShownCredential(secure.own()))
            .setAdvancedCertificateVerifier(new CheckedCertificates(secure.clients()))
            .setSessionListener(
                new SessionAdapter() {
                  @Override
                  public void contextEstablished(Handshaker handshaker, DTLSContext context) {
                    handshakes.incrementAndGet();
                  }
                })
            .build()) {
      @Override
      protected void processDatagram(DatagramPacket datagram, @Nullable InetSocketAddress router) {
        if (!losesRequest.test(datagrams.incrementAndGet())) {
          super.processDatagram(datagram, router);
        }
      }
    };
  }

  @Override
  public FakeCoapGateway start() {
    Configuration configuration = configuration(knowsBlocks);
    CoapServer made = new CoapServer(configuration);
    CoapEndpoint endpoint =
        CoapEndpoint.builder()
            .setConfiguration(configuration)
            .setConnector(connector(configuration))
            .build();
    made.addEndpoint(endpoint);
    made.setMessageDeliverer(new Deliverer());
    made.start();
    address = endpoint.getAddress();
    server = made;
    return this;
  }

  private static Configuration configuration(boolean knowsBlocks) {
    return new Configuration(
            SystemConfig.DEFINITIONS,
            UdpConfig.DEFINITIONS,
            CoapConfig.DEFINITIONS,
            DtlsConfig.DEFINITIONS)
        .set(DtlsConfig.DTLS_ROLE, DtlsRole.SERVER_ONLY)
        .set(DtlsConfig.DTLS_CLIENT_AUTHENTICATION_MODE, CertificateAuthenticationMode.NEEDED)
        .set(DtlsConfig.DTLS_SERVER_USE_SESSION_ID, false)
        .set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, 6)
        .set(DtlsConfig.DTLS_MAX_CONNECTIONS, 100)
        .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
        .set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 1)
        .set(CoapConfig.MAX_ACTIVE_PEERS, 100)
        .set(CoapConfig.MAX_MESSAGE_SIZE, 1_024)
        .set(CoapConfig.PREFERRED_BLOCK_SIZE, 1_024)
        .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, knowsBlocks ? Limits.BATCH_MAX_BYTES : 0);
  }

  @Override
  public void stop() {
    server.destroy();
  }

  @Override
  public URI uri() {
    return URI.create((dtls == null ? "coap" : "coaps") + "://127.0.0.1:" + address.getPort());
  }

  @Override
  public List<Arrival> arrivals() {
    return arrivals;
  }

  @Override
  public Answer accept() {
    return ACCEPT;
  }

  @Override
  public Answer refuseForGood() {
    return respond(ResponseCode.BAD_REQUEST);
  }

  @Override
  public Answer refuseForNow() {
    return respond(ResponseCode.TOO_MANY_REQUESTS);
  }

  @Override
  public Answer silence() {
    return SILENCE;
  }

  @Override
  public Answer after(long millis, Answer answer) {
    return new Later(answer, millis);
  }

  /** How many sockets of the agent have sent a batch. */
  int connections() {
    return connections.size();
  }

  private void arrived(Exchange exchange) {
    Request request = exchange.getRequest();
    if (!knowsBlocks) {
      exchange.sendResponse(new Response(ResponseCode.CHANGED));
      return;
    }
    Batch batch;
    try {
      batch = BatchCodec.decode(request.getPayload());
    } catch (WireFormatException e) {
      throw new AssertionError("the agent sent what does not decode", e);
    }
    inFlightMax.accumulateAndGet(open.incrementAndGet(), Math::max);
    Answer answer = script.apply(batch);
    Answer atLast =
        answer instanceof Later later
            ? later.answer()
            : answer instanceof Separate separate ? separate.answer() : answer;
    boolean accepted = atLast instanceof Respond last && last.code() == ResponseCode.CHANGED;
    int connection =
        connections.computeIfAbsent(
            exchange.getCurrentRequest().getSourceContext().getPeerAddress(),
            peer -> connections.size() + 1);
    if (exchange.getCurrentRequest().getSourceContext().getPeerIdentity()
        instanceof X509CertPath path) {
      shown.add(path.getTarget());
    }
    arrivals.add(
        new Arrival(
            batch,
            request.getOptions().getUriPathString(),
            String.valueOf(request.getOptions().getContentFormat()),
            connection,
            accepted));
    if (answer instanceof Separate separate) {
      exchange.sendAccept();
      timer.schedule(() -> answer(exchange, atLast), separate.millis(), TimeUnit.MILLISECONDS);
    } else if (answer instanceof Later later) {
      timer.schedule(() -> answer(exchange, atLast), later.millis(), TimeUnit.MILLISECONDS);
    } else {
      answer(exchange, answer);
    }
  }

  private void answer(Exchange exchange, Answer answer) {
    if (answer instanceof Respond respond) {
      open.decrementAndGet();
      Response response = new Response(respond.code());
      if (respond.maxAgeSeconds() > 0) {
        response.getOptions().setMaxAge(respond.maxAgeSeconds());
      }
      if (respond.code() != ResponseCode.CHANGED) {
        response.setPayload("as the script says");
      }
      exchange.sendResponse(response);
    } else if (answer instanceof Reject) {
      open.decrementAndGet();
      exchange.sendReject();
    }
  }

  @Override
  public void close() {
    server.destroy();
    timer.shutdownNow();
  }

  private final class Deliverer implements MessageDeliverer {
    @Override
    public void deliverRequest(Exchange exchange) {
      arrived(exchange);
    }

    @Override
    public void deliverResponse(Exchange exchange, Response response) {
      throw new AssertionError("a response, though nothing was asked");
    }
  }

  /** A socket whose network loses some of what passes. */
  private final class LossyConnector extends UDPConnector {
    LossyConnector(InetSocketAddress address, Configuration configuration) {
      super(address, configuration);
    }

    @Override
    public void processDatagram(DatagramPacket datagram) {
      if (!losesRequest.test(datagrams.incrementAndGet())) {
        super.processDatagram(datagram);
      }
    }

    @Override
    public void send(RawData message) {
      if (losesAnswer.test(answers.incrementAndGet())) {
        message.onContextEstablished(new UdpEndpointContext(message.getInetSocketAddress()));
        message.onSent();
      } else {
        super.send(message);
      }
    }
  }
}
