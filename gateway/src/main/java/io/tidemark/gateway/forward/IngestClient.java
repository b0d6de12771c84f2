package io.tidemark.gateway.forward;

import io.tidemark.gateway.replication.Failures;
import io.tidemark.wire.Routes;
import io.tidemark.wire.SignedAccessList;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Sends one request to one ingest, once. Thread-safe. */
public final class IngestClient {
  private static final Pattern TICK = Pattern.compile("\"tick\"\\s*:\\s*(\\d{1,18})");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");
  private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(5);
  private static final int QUOTED_MAX_LENGTH = 300;
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  private final Duration connectTimeout;
  private final Duration requestTimeout;
  private final Proof proof;
  private volatile HttpClient client;

  /** What a client proves who it is with, and whom it believes. */
  @FunctionalInterface
  public interface Proof {
    /** Does neither. */
    Proof NONE = () -> null;

    /** As it is now, with no memory of sessions that were begun with another; null for none. */
    @Nullable SSLContext tls();
  }

  /** With limits of one request. */
  public IngestClient(Duration connectTimeout, Duration requestTimeout, Proof proof) {
    this.connectTimeout = connectTimeout;
    this.requestTimeout = requestTimeout;
    this.proof = proof;
    this.client = made();
  }

  private HttpClient made() {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(connectTimeout)
            .followRedirects(HttpClient.Redirect.NEVER);
    SSLContext tls = proof.tls();
    return (tls == null ? builder : builder.sslContext(tls)).build();
  }

  /**
   * Requests from now on go by new connections, as the proof is another: a connection is good for
   * what it was begun with. Those on their way are answered by theirs.
   */
  public void reconnect() {
    client = made();
  }

  /** Completes normally whatever happens. */
  CompletableFuture<Answer> send(URI base, byte[] body) {
    return exchange(
            to(base, Routes.FORWARD_PATH, Routes.FORWARD_CONTENT_TYPE)
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(gzip(body))))
        .thenApply(IngestClient::answer)
        .exceptionally(IngestClient::failed);
  }

  /**
   * Posts what a gateway tells of itself.
   *
   * @return completes normally whatever happens: empty if ingest has taken it, else why not, in
   *     words
   */
  public CompletableFuture<String> report(URI base, byte[] body) {
    return exchange(
            to(base, Routes.REPORT_PATH, Routes.REPORT_CONTENT_TYPE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)))
        .thenApply(response -> response.statusCode() == NO_CONTENT ? "" : what(response))
        .exceptionally(failure -> failed(failure).what());
  }

  /**
   * An access list, if there is another than the one that is known.
   *
   * @param list as {@code access.proto} says; empty if there is no other
   * @param problem why nobody knows, in words; empty if it is known
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on as it is
  public record Listed(byte[] list, String problem) {
    private static final byte[] NONE = {};

    /** Nobody knows, for this reason; or there is no other, if it is empty. */
    public static Listed none(String problem) {
      return new Listed(NONE, problem);
    }
  }

  /**
   * Asks for the access list.
   *
   * @param version that is known
   * @return completes normally whatever happens
   */
  public CompletableFuture<Listed> accessList(URI base, long version) {
    return exchange(
            to(base, Routes.ACCESS_LIST_PATH)
                .header("If-None-Match", "\"%d\"".formatted(version))
                .GET(),
            info -> new BoundedBytes(SignedAccessList.MAX_BYTES))
        .thenApply(
            response ->
                switch (response.statusCode()) {
                  case OK -> new Listed(response.body(), "");
                  case NOT_MODIFIED -> Listed.none("");
                  default ->
                      Listed.none(
                          what(
                              response.statusCode(),
                              new String(response.body(), StandardCharsets.UTF_8)));
                })
        .exceptionally(failure -> Listed.none(failed(failure).what()));
  }

  private HttpRequest.Builder to(URI base, String path, String contentType) {
    return to(base, path).header("Content-Type", contentType);
  }

  private HttpRequest.Builder to(URI base, String path) {
    String text = base.toString();
    return HttpRequest.newBuilder(
            URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + path))
        .timeout(requestTimeout);
  }

  private CompletableFuture<HttpResponse<String>> exchange(HttpRequest.Builder request) {
    return exchange(request, info -> new BoundedText());
  }

  private <B> CompletableFuture<HttpResponse<B>> exchange(
      HttpRequest.Builder request, HttpResponse.BodyHandler<B> body) {
    CompletableFuture<HttpResponse<B>> exchange = client.sendAsync(request.build(), body);
    // The request's own timeout ends with the answer's headers.
    return exchange
        .copy()
        .orTimeout(requestTimeout.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete(
            (response, failure) -> {
              if (failure != null) {
                exchange.cancel(true);
              }
            });
  }

  private static Answer.Failed failed(Throwable failure) {
    Throwable cause = Failures.cause(failure);
    boolean late = cause instanceof TimeoutException || cause instanceof CancellationException;
    return new Answer.Failed(late ? "no answer in time" : cause.toString(), Duration.ZERO);
  }

  private static Answer answer(HttpResponse<String> response) {
    int status = response.statusCode();
    if (status == 200) {
      // An acknowledgement is believed only from an ingest, not from whatever answers there.
      Matcher tick = TICK.matcher(response.body());
      return tick.find()
          ? new Answer.Stored(Long.parseLong(tick.group(1)))
          : new Answer.Failed(
              "200, but without a tick, so not from ingest: " + quoted(response), Duration.ZERO);
    }
    String what = what(response);
    if (status == 400 || status == 413 || status == 415) {
      return new Answer.Rejected(what);
    }
    return new Answer.Failed(
        what, retryAfter(response.headers().firstValue("Retry-After").orElse(null)));
  }

  private static String what(HttpResponse<String> response) {
    return what(response.statusCode(), response.body());
  }

  private static String what(int status, String body) {
    return "status " + status + ": " + quoted(body);
  }

  private static String quoted(HttpResponse<String> response) {
    return quoted(response.body());
  }

  private static String quoted(String body) {
    return body.length() <= QUOTED_MAX_LENGTH ? body : body.substring(0, QUOTED_MAX_LENGTH) + "...";
  }

  private static Duration retryAfter(@Nullable String value) {
    if (value == null || !SECONDS.matcher(value.strip()).matches()) {
      return Duration.ZERO;
    }
    Duration asked = Duration.ofSeconds(Long.parseLong(value.strip()));
    return asked.compareTo(RETRY_AFTER_MAX) < 0 ? asked : RETRY_AFTER_MAX;
  }

  private static byte[] gzip(byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 2 + 64);
    try (FastGzip out = new FastGzip(bytes)) {
      out.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not take bytes", e);
    }
    return bytes.toByteArray();
  }

  /** Batches are compact already; what is left to gain comes at the first level. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(ByteArrayOutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
