package io.tidemark.agent.publish;

import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.ServerTrust;
import io.tidemark.wire.PayloadType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.coap.Token;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.AddressEndpointContext;
import org.eclipse.californium.elements.EndpointContext;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Link} over Eclipse Californium 3.14.0, a new endpoint for each. CoAP has no connection:
 * one begins when the gateway answers a ping (an empty confirmable message, answered by a reset:
 * RFC 7252, 4.3), and ends when a message goes unacknowledged through all its retransmissions, when
 * it is rejected, when the answer is one that no gateway gives, or when nobody listens there any
 * more.
 *
 * <p>Over DTLS a handshake comes before that, and each connection has one: so the certificate that
 * there is then counts in it. Such a connection also ends when the gateway closes the session or
 * believes the device no more (4.01), and sooner when nothing is acknowledged: a gateway that has
 * begun anew does not know the session, and discards what comes in it without a word.
 *
 * <p>Every packet is a confirmable POST, larger ones in blocks (RFC 7959). An empty acknowledgement
 * only stops the retransmissions; the response decides.
 */
final class CoapLink implements Link {
  static final String DTLS_SCHEME = "coaps";
  private static final String SCHEME = "coap";

  /**
   * How often a request over DTLS is to be sent again until the session is taken for one that the
   * gateway does not know. It acknowledges within 1.5 s, so what was sent twice and goes
   * unacknowledged for 6 to 9 s was lost both times on the network, or does not count. Not so a
   * later block: the gateway has acknowledged the one before.
   */
  private static final int REPEATS_MAX = 2;

  /**
   * How many requests may be unanswered: NSTART (RFC 7252, 4.7). More would not be allowed in any
   * case as soon as they go in blocks: the blocks of two requests to one path cannot be told apart
   * (RFC 7959, 2.5).
   */
  private static final int NSTART = 1;

  private final CoapEndpoint endpoint;
  private final URI gateway;
  private final EndpointContext peer;
  private final Listener listener;
  private final Duration stallLimit;
  private final @Nullable Encryption encryption;
  private final CompletableFuture<Boolean> pong = new CompletableFuture<>();

  private CoapLink(
      PublishSettings settings, URI gateway, InetSocketAddress address, Listener listener)
      throws IOException {
    this.gateway = gateway;
    this.peer = new AddressEndpointContext(address);
    this.listener = listener;
    this.stallLimit = settings.stallTimeout();
    this.encryption = isEncrypted(gateway) ? settings.encryption() : null;
    OwnCredential own = encryption == null ? null : encryption.own();
    this.endpoint =
        encryption == null || own == null
            ? CoapSocket.open(
                settings.ackTimeout(),
                configuration -> new ConnectedUdp(address, configuration, this::nobodyListens))
            : CoapSocket.open(
                settings.ackTimeout(),
                configuration -> dtls(address, configuration, encryption.servers(), own));
  }

  /** Whether a gateway speaks CoAP. */
  static boolean isFor(URI gateway) {
    return SCHEME.equals(gateway.getScheme()) || isEncrypted(gateway);
  }

  /** Whether it does so over DTLS. */
  static boolean isEncrypted(URI gateway) {
    return DTLS_SCHEME.equals(gateway.getScheme());
  }

  private ConnectedDtls dtls(
      InetSocketAddress address,
      Configuration configuration,
      ServerTrust servers,
      OwnCredential own) {
    String host = gateway.getHost().replaceAll("[\\[\\]]", ""); // IPv6 in a URI is in brackets
    ConnectedDtls connector =
        new ConnectedDtls(address, host, configuration, servers, own, this::nobodyListens);
    connector.setAlertHandler((gone, alert) -> alerted(alert.getDescription()));
    return connector;
  }

  /** What ends a handshake is told by the ping that waits for it. */
  private void alerted(AlertDescription alert) {
    if (pong.isDone()) {
      listener.lost(
          this, new Loss("the gateway has closed the session: " + DtlsRefusals.code(alert)));
    }
  }

  /** Connects as {@code settings} say. */
  static Link connect(PublishSettings settings, URI gateway, Listener listener)
      throws LinkException, InterruptedException {
    InetAddress host = resolve(gateway.getHost(), settings.connectTimeout());
    CoapLink link;
    try {
      link =
          new CoapLink(settings, gateway, new InetSocketAddress(host, gateway.getPort()), listener);
    } catch (IOException e) {
      throw new LinkException("no UDP socket: " + e.getMessage(), e);
    }
    boolean connected = false;
    try {
      link.ping(settings.connectTimeout());
      connected = true;
      return link;
    } finally {
      if (!connected) {
        link.close();
      }
    }
  }

  /** The host's address, on a thread that may outlive the attempt: resolving has no time limit. */
  private static InetAddress resolve(String host, Duration max)
      throws LinkException, InterruptedException {
    CompletableFuture<InetAddress> found = new CompletableFuture<>();
    Thread resolver =
        new Thread(
            () -> {
              try {
                found.complete(InetAddress.getByName(host));
              } catch (UnknownHostException e) {
                found.completeExceptionally(e);
              }
            },
            "coap-resolve");
    resolver.setDaemon(true);
    resolver.start();
    return await(found, max, "its name is not resolved within " + max);
  }

  private void ping(Duration max) throws LinkException, InterruptedException {
    Request ping = Request.newPing();
    ping.setToken(Token.EMPTY);
    ping.setDestinationContext(peer);
    ping.setURI(gateway); // not sent, but the library keeps its books by it
    ping.addMessageObserver(
        new MessageObserverAdapter() {
          @Override
          public void onReject() {
            pong.complete(true);
          }

          @Override
          public void onTimeout() {
            pong.completeExceptionally(new IOException("no answer"));
          }

          @Override
          public void onSendError(Throwable problem) {
            tellRefusal(problem);
            pong.completeExceptionally(problem);
          }
        });
    endpoint.sendRequest(ping);
    await(pong, max, "no answer within " + max);
  }

  private void nobodyListens() {
    String why = "nobody listens at the gateway's port";
    if (!pong.completeExceptionally(new IOException(why))) {
      listener.lost(this, new Loss(why));
    }
  }

  /** Whatever the problem is: if somebody was not believed, renewing may help. */
  private void tellRefusal(Throwable problem) {
    if (encryption != null && DtlsRefusals.isOne(problem)) {
      encryption.refused().run();
    }
  }

  private static <T> T await(CompletableFuture<T> future, Duration max, String otherwise)
      throws LinkException, InterruptedException {
    try {
      return future.get(max.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new LinkException(describe(e.getCause() == null ? e : e.getCause()), e);
    } catch (TimeoutException e) {
      throw new LinkException(otherwise, e);
    }
  }

  private static String describe(Throwable problem) {
    String refusal = DtlsRefusals.words(problem);
    if (refusal != null) {
      return refusal;
    }
    return problem.getMessage() == null
        ? problem.getClass().getSimpleName()
        : problem.getClass().getSimpleName() + " (" + problem.getMessage() + ")";
  }

  @Override
  public int windowPackets() {
    return NSTART;
  }

  /** The same whether there is another gateway or not: a busy one says so, with 5.03. */
  @Override
  public Duration stallLimit() {
    return stallLimit;
  }

  /** Nothing is announced over CoAP. */
  @Override
  public @Nullable Answer refusedUnsent(String path, byte[] payload) {
    return null;
  }

  @Override
  public boolean publish(long key, String path, byte[] payload) {
    Request post = Request.newPost(); // confirmable
    post.setDestinationContext(peer);
    post.setURI(gateway.resolve("/" + path));
    post.getOptions().setContentFormat(PayloadType.BATCH.contentFormat());
    post.setPayload(payload);
    post.addMessageObserver(new Delivery(key, payload.length > CoapSocket.MESSAGE_MAX_BYTES));
    endpoint.sendRequest(post);
    return true;
  }

  @Override
  public void close() {
    endpoint.destroy();
  }

  /**
   * What becomes of one packet. The library tells some of it twice, since an observer of a request
   * also observes its blocks; the first counts.
   */
  private final class Delivery extends MessageObserverAdapter {
    private final long key;
    private final boolean inBlocks;
    private final AtomicBoolean told = new AtomicBoolean();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger repeats = new AtomicInteger();

    Delivery(long key, boolean inBlocks) {
      this.key = key;
      this.inBlocks = inBlocks;
    }

    @Override
    public void onResponse(Response response) {
      if (encryption != null && response.getCode() == ResponseCode.UNAUTHORIZED) {
        encryption.refused().run();
        lost("the gateway believes this device no more: " + response.getPayloadString());
        return;
      }
      Answer answer = CoapCodes.answer(response, inBlocks);
      if (answer == null) {
        lost("%s to a batch is no gateway's answer".formatted(response.getCode()));
      } else if (told.compareAndSet(false, true)) {
        listener.answered(CoapLink.this, key, answer);
      }
    }

    @Override
    public void onSent(boolean retransmission) {
      if (!retransmission) {
        begun.incrementAndGet();
      }
      if (inBlocks && !retransmission) { // so the block before it is acknowledged
        listener.advanced(CoapLink.this);
      }
    }

    @Override
    public void onRetransmission() {
      if (encryption != null && begun.get() <= 1 && repeats.incrementAndGet() >= REPEATS_MAX) {
        lost("no acknowledgement: the gateway may not know this session any more");
      }
    }

    @Override
    public void onTimeout() {
      lost("no acknowledgement, however often it was sent");
    }

    @Override
    public void onReject() {
      lost("the gateway rejects the message");
    }

    @Override
    public void onSendError(Throwable problem) {
      tellRefusal(problem);
      lost("it cannot be sent: " + describe(problem));
    }

    @Override
    public void onResponseHandlingError(Throwable problem) {
      lost("the response cannot be used: " + describe(problem));
    }

    private void lost(String why) {
      if (told.compareAndSet(false, true)) {
        listener.lost(CoapLink.this, new Loss(why));
      }
    }
  }
}
