package io.tidemark.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Routes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Posts to ingest as a gateway does whose group has one member and no backlog. Used by one thread
 * at a time.
 */
final class ForwardPoster {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient client;
  private final ObjectMapper json = new ObjectMapper();
  private final URI address;
  private final String group;
  private long index;
  private long tick;

  ForwardPoster(String ingestUrl) {
    this(ingestUrl, "g1", null);
  }

  /** The same for another gateway's group. */
  ForwardPoster(String ingestUrl, String group) {
    this(ingestUrl, group, null);
  }

  /** The same with a certificate, for an ingest that wants one. */
  ForwardPoster(String ingestUrl, @Nullable SSLContext tls) {
    this(ingestUrl, "g1", tls);
  }

  private ForwardPoster(String ingestUrl, String group, @Nullable SSLContext tls) {
    this.group = group;
    address = URI.create(ingestUrl + Routes.FORWARD_PATH);
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2));
    client = (tls == null ? builder : builder.sslContext(tls)).build();
  }

  /**
   * Posts deliveries as one committed entry until ingest has taken them; the same bytes each time,
   * so that an unknown outcome does no harm.
   *
   * @param receivedAt when the gateway had them
   */
  void post(Instant receivedAt, List<Delivery> deliveries) {
    LogEntry entry = new LogEntry(group, nanos(receivedAt), deliveries);
    index++;
    send(new ForwardRequest(group, index, index, tick, List.of(entry)));
  }

  /** Says only how far the group is. */
  void heartbeat() {
    send(new ForwardRequest(group, index, index, tick, List.of()));
  }

  static long nanos(Instant time) {
    return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
  }

  private void send(ForwardRequest request) {
    HttpRequest built =
        HttpRequest.newBuilder(address)
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", Routes.FORWARD_CONTENT_TYPE)
            .header("Content-Encoding", "gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(gzip(ForwardCodec.encodeRequest(request))))
            .build();
    Awaitility.await("ingest to take a forward request")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .pollDelay(Duration.ZERO)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> isTaken(built));
  }

  private boolean isTaken(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() == 503) {
      return false;
    }
    if (response.statusCode() != 200) {
      throw new AssertionError("ingest answered " + response.statusCode() + ": " + response.body());
    }
    tick = Math.max(tick, json.readTree(response.body()).path("tick").asLong());
    return true;
  }

  private static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
