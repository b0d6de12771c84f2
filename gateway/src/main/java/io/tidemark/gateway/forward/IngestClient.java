package io.tidemark.gateway.forward;

import io.tidemark.wire.Routes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Sends one request to one ingest, once. Thread-safe. */
public final class IngestClient {
  private static final Pattern TICK = Pattern.compile("\"tick\"\\s*:\\s*(\\d{1,18})");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");
  private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(5);
  private static final int QUOTED_MAX_LENGTH = 300;

  private final HttpClient client;
  private final Duration requestTimeout;

  /** With limits of one request. */
  public IngestClient(Duration connectTimeout, Duration requestTimeout) {
    this.requestTimeout = requestTimeout;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(connectTimeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** Completes normally whatever happens. */
  CompletableFuture<Answer> send(URI base, byte[] body) {
    String text = base.toString();
    URI uri =
        URI.create(
            (text.endsWith("/") ? text.substring(0, text.length() - 1) : text)
                + Routes.FORWARD_PATH);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(requestTimeout)
            .header("Content-Type", Routes.FORWARD_CONTENT_TYPE)
            .header("Content-Encoding", "gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(gzip(body)))
            .build();
    CompletableFuture<HttpResponse<String>> exchange =
        client.sendAsync(request, info -> new BoundedText());
    // The request's own timeout ends with the answer's headers.
    return exchange
        .copy()
        .orTimeout(requestTimeout.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (response, failure) -> {
              if (failure != null) {
                exchange.cancel(true);
                return failed(failure);
              }
              return answer(response);
            })
        .exceptionally(IngestClient::failed);
  }

  private static Answer failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    boolean late = cause instanceof TimeoutException || cause instanceof CancellationException;
    return new Answer.Failed(late ? "no answer in time" : cause.toString(), Duration.ZERO);
  }

  private static Answer answer(HttpResponse<String> response) {
    int status = response.statusCode();
    String body = response.body();
    String quoted =
        body.length() <= QUOTED_MAX_LENGTH ? body : body.substring(0, QUOTED_MAX_LENGTH) + "...";
    if (status == 200) {
      // An acknowledgement is believed only from an ingest, not from whatever answers there.
      Matcher tick = TICK.matcher(body);
      return tick.find()
          ? new Answer.Stored(Long.parseLong(tick.group(1)))
          : new Answer.Failed(
              "200, but without a tick, so not from ingest: " + quoted, Duration.ZERO);
    }
    String what = "status " + status + ": " + quoted;
    if (status == 400 || status == 413 || status == 415) {
      return new Answer.Rejected(what);
    }
    return new Answer.Failed(
        what, retryAfter(response.headers().firstValue("Retry-After").orElse(null)));
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
