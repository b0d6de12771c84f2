package io.tidemark.gateway.identity;

import io.tidemark.identity.EstClient;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Passes enrolment on to ingest, for devices that see nothing but gateways. Who has shown which
 * certificate here is said there in {@code Client-Cert} (RFC 9440), which is made here and never
 * taken from who asks. Thread-safe.
 */
public final class EstPassage {
  /** Bytes of a request, as many as ingest takes. */
  public static final int REQUEST_MAX_BYTES = 16 << 10;

  /** Passed on and not answered at most; ingest's time is for readings, too. */
  public static final int IN_FLIGHT_MAX = 32;

  private static final int ANSWER_MAX_BYTES = 64 << 10;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final List<String> ANSWERED =
      List.of("Content-Type", "Content-Transfer-Encoding", "WWW-Authenticate", "Retry-After");
  private static final int BAD_GATEWAY = 502;
  private static final int UNAVAILABLE = 503;

  private final List<URI> ingest;
  private final Supplier<SSLContext> tls;
  private volatile HttpClient client;
  private final Semaphore room = new Semaphore(IN_FLIGHT_MAX);
  private final LongAdder passed = new LongAdder();
  private final LongAdder busy = new LongAdder();
  private final LongAdder unreachable = new LongAdder();

  /**
   * Passes on to these.
   *
   * @param tls what proves that it is a gateway that does; another one each time
   */
  EstPassage(List<URI> ingest, Supplier<SSLContext> tls) {
    this.ingest = List.copyOf(ingest);
    this.tls = tls;
    this.client = made();
  }

  private HttpClient made() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT)
        .followRedirects(HttpClient.Redirect.NEVER)
        .sslContext(tls.get())
        .build();
  }

  /** The proof is another: a connection is good for what it was begun with. */
  void reconnect() {
    client = made();
  }

  /**
   * What is passed on.
   *
   * @param path after {@link EstClient#PATH}
   * @param body null for a GET
   * @param authorization as it came; null for none
   * @param shown the certificate that was shown here; null for none
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  public record Asked(
      String path,
      byte @Nullable [] body,
      @Nullable String authorization,
      @Nullable X509Certificate shown) {}

  /**
   * What is answered.
   *
   * @param headers those that matter
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  public record Answer(int status, byte[] body, Map<String, String> headers) {}

  /** Asks one ingest after the other. Null if there is no room, or none can be reached. */
  public CompletableFuture<@Nullable Answer> pass(Asked asked) {
    if (!room.tryAcquire()) {
      busy.increment();
      return CompletableFuture.completedFuture(null);
    }
    return begun(asked)
        .whenComplete(
            (answer, failure) -> {
              room.release();
              (answer == null ? unreachable : passed).increment();
            });
  }

  private CompletableFuture<@Nullable Answer> begun(Asked asked) {
    try {
      return from(asked, 0);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e); // what is asked cannot be sent, and takes no room
    }
  }

  private CompletableFuture<@Nullable Answer> from(Asked asked, int index) {
    if (index == ingest.size()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<HttpResponse<byte[]>> exchange =
        client.sendAsync(request(ingest.get(index), asked), EstPassage::bounded);
    // The request's own timeout ends with the answer's headers.
    return exchange
        .copy()
        .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (response, failure) -> {
              if (failure != null) {
                exchange.cancel(true);
                return wasHeard(failure)
                    ? CompletableFuture.<@Nullable Answer>completedFuture(null)
                    : from(asked, index + 1);
              }
              return isElsewhere(response.statusCode())
                  ? from(asked, index + 1)
                  : CompletableFuture.<@Nullable Answer>completedFuture(answer(response));
            })
        .thenCompose(next -> next);
  }

  /** It may have given a certificate: another would say that the name is taken. */
  private static boolean wasHeard(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof HttpConnectTimeoutException
          || cause instanceof SSLHandshakeException) {
        return false;
      }
    }
    return true;
  }

  private static boolean isElsewhere(int status) {
    return status == UNAVAILABLE || status == BAD_GATEWAY;
  }

  private static HttpRequest request(URI base, Asked asked) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(EstClient.PATH + asked.path))
            .timeout(TIMEOUT)
            .header("Via", "1.1 gateway"); // so that this is never taken for the gateway's own
    if (asked.authorization != null) {
      request.header("Authorization", asked.authorization);
    }
    if (asked.shown != null) {
      request.header("Client-Cert", field(asked.shown));
    }
    return asked.body == null
        ? request.build()
        : request
            .header("Content-Type", "application/pkcs10")
            .POST(HttpRequest.BodyPublishers.ofByteArray(asked.body))
            .build();
  }

  /** A byte sequence of RFC 8941. */
  private static String field(X509Certificate certificate) {
    try {
      return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate without its bytes", e);
    }
  }

  /** Ingest says how long an answer is; what is longer, or of no length, is none of its. */
  private static HttpResponse.BodySubscriber<byte[]> bounded(HttpResponse.ResponseInfo info) {
    long length = info.headers().firstValueAsLong("Content-Length").orElse(Long.MAX_VALUE);
    return length <= ANSWER_MAX_BYTES
        ? HttpResponse.BodySubscribers.ofByteArray()
        : HttpResponse.BodySubscribers.replacing(new byte[0]);
  }

  private static Answer answer(HttpResponse<byte[]> response) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String name : ANSWERED) {
      response.headers().firstValue(name).ifPresent(value -> headers.put(name, value));
    }
    return new Answer(response.statusCode(), response.body(), headers);
  }

  /** Requests that ingest has answered. */
  public long passed() {
    return passed.sum();
  }

  /** Requests there was no room for. */
  public long busy() {
    return busy.sum();
  }

  /** Requests for which no ingest could be reached. */
  public long unreachable() {
    return unreachable.sum();
  }
}
