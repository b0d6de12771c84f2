package io.tidemark.sim;

import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.dtls.CheckedCertificates;
import io.tidemark.identity.dtls.ShownCredential;
import io.tidemark.wire.Batch;
import io.tidemark.wire.Limits;
import io.tidemark.wire.PayloadType;
import io.tidemark.wire.Routes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.CoAP.Type;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.server.MessageDeliverer;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.elements.config.UdpConfig;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.jspecify.annotations.NullUnmarked;

/** A real CoAP server (Californium) that does what a test says, and remembers what it was given. */
@NullUnmarked
public final class ScriptedCoapGateway implements AutoCloseable {
  /** What to do with a delivery. */
  public sealed interface Answer {
    /**
     * Respond, on the acknowledgement.
     *
     * @param maxAgeSeconds 0 for none
     */
    record Respond(ResponseCode code, long maxAgeSeconds) implements Answer {}

    /** Acknowledge, and respond in a message of its own. */
    record Separate(ResponseCode code) implements Answer {}

    /** Say nothing at all. */
    record Silence() implements Answer {}
  }

  /** Take it. */
  public static final Answer ACCEPT = new Answer.Respond(ResponseCode.CHANGED, 0);

  /** The script. */
  @FunctionalInterface
  public interface Script {
    /**
     * @param times how often these very bytes have come, this time included
     */
    Answer answer(Batch batch, int times);
  }

  private final CoapServer server;
  private final String scheme;
  private final int port;
  private final List<ScriptedGateway.Received> received = new CopyOnWriteArrayList<>();
  private final Map<String, AtomicInteger> times = new ConcurrentHashMap<>();
  private final SentReadings sent = new SentReadings();
  private final Set<InetSocketAddress> peers = ConcurrentHashMap.newKeySet();
  private volatile Script script;

  /** Listens on a free port. */
  public ScriptedCoapGateway(Script script) {
    this(script, null, new String[0]);
  }

  private ScriptedCoapGateway(Script script, TestAuthority authority, String[] hosts) {
    this.script = script;
    scheme = authority == null ? "coap" : "coaps";
    Configuration configuration =
        new Configuration(
                SystemConfig.DEFINITIONS,
                UdpConfig.DEFINITIONS,
                CoapConfig.DEFINITIONS,
                DtlsConfig.DEFINITIONS)
            .set(DtlsConfig.DTLS_ROLE, DtlsConfig.DtlsRole.SERVER_ONLY)
            .set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
            .set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 1)
            .set(CoapConfig.MAX_ACTIVE_PEERS, 1_000)
            .set(CoapConfig.MAX_MESSAGE_SIZE, 1_024)
            .set(CoapConfig.PREFERRED_BLOCK_SIZE, 1_024)
            .set(CoapConfig.MAX_RESOURCE_BODY_SIZE, Limits.BATCH_MAX_BYTES);
    server = new CoapServer(configuration);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    CoapEndpoint.Builder builder = CoapEndpoint.builder().setConfiguration(configuration);
    CoapEndpoint endpoint =
        authority == null
            ? builder.setInetSocketAddress(address).build()
            : builder.setConnector(dtls(configuration, address, authority, hosts)).build();
    server.addEndpoint(endpoint);
    server.setMessageDeliverer(
        new MessageDeliverer() {
          @Override
          public void deliverRequest(Exchange exchange) {
            arrived(exchange);
          }

          @Override
          public void deliverResponse(Exchange exchange, Response response) {
            throw new IllegalStateException("a response, though nothing was asked");
          }
        });
    server.start();
    port = endpoint.getAddress().getPort();
  }

  private static DTLSConnector dtls(
      Configuration configuration,
      InetSocketAddress address,
      TestAuthority authority,
      String[] hosts) {
    Identity gateway = new Identity(Role.GATEWAY, "g1");
    ClientTrust clients =
        ClientTrust.of(authority.trust(), Clock.systemUTC(), (identity, certificate) -> {});
    return new DTLSConnector(
        DtlsConnectorConfig.builder(configuration)
            .setAddress(address)
            .setCertificateIdentityProvider(
                new ShownCredential(new OwnCredential(authority.credential(gateway, hosts))))
            .setAdvancedCertificateVerifier(new CheckedCertificates(clients::check))
            .build());
  }

  /**
   * Over DTLS; believes devices of this authority, which has signed what it shows.
   *
   * @param hosts what that names
   */
  public static ScriptedCoapGateway encrypted(TestAuthority authority, String... hosts) {
    return new ScriptedCoapGateway((batch, times) -> ACCEPT, authority, hosts);
  }

  /** Closes the sessions of all that have sent something. */
  public void closeSessions() {
    CoapEndpoint endpoint = (CoapEndpoint) server.getEndpoints().get(0);
    DTLSConnector connector = (DTLSConnector) endpoint.getConnector();
    peers.forEach(connector::close);
  }

  /** Accepts everything. */
  public static ScriptedCoapGateway accepting() {
    return new ScriptedCoapGateway((batch, times) -> ACCEPT);
  }

  public void script(Script next) {
    script = next;
  }

  public String url() {
    return scheme + "://127.0.0.1:" + port;
  }

  public List<ScriptedGateway.Received> received() {
    return new ArrayList<>(received);
  }

  public List<Batch> accepted() {
    return received.stream()
        .filter(ScriptedGateway.Received::accepted)
        .map(ScriptedGateway.Received::batch)
        .toList();
  }

  /** How many sockets have sent something. */
  public int sockets() {
    return peers.size();
  }

  @Override
  public void close() {
    server.destroy();
  }

  private void arrived(Exchange exchange) {
    Request request = exchange.getRequest();
    peers.add(exchange.getCurrentRequest().getSourceContext().getPeerAddress());
    byte[] bytes = request.getPayload();
    String device = Routes.deviceOf(request.getOptions().getUriPathString());
    PayloadType type = PayloadType.ofContentFormat(request.getOptions().getContentFormat());
    SentReadings.Sent payload = sent.read(device, bytes, type);
    Batch batch = payload.batch();
    if (!batch.header().device().equals(device) || request.getType() != Type.CON) {
      throw new IllegalStateException("wrong path, type or format: " + request);
    }
    String key = Arrays.hashCode(bytes) + ":" + bytes.length;
    int seen = times.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
    Answer answer = script.answer(batch, seen);
    ResponseCode code = null;
    long maxAge = 0;
    if (answer instanceof Answer.Respond respond) {
      code = respond.code();
      maxAge = respond.maxAgeSeconds();
    } else if (answer instanceof Answer.Separate separate) {
      code = separate.code();
      exchange.sendAccept();
    }
    if (code == ResponseCode.CHANGED) {
      payload.taken();
    }
    received.add(new ScriptedGateway.Received(batch, bytes, code == ResponseCode.CHANGED));
    if (code != null) {
      Response response = new Response(code);
      if (maxAge > 0) {
        response.getOptions().setMaxAge(maxAge);
      }
      if (code != ResponseCode.CHANGED) {
        response.setPayload("as the script says");
      }
      exchange.sendResponse(response);
    }
  }
}
