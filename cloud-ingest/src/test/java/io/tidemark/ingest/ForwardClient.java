package io.tidemark.ingest;

import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Routes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Does what a gateway does: posts forward requests. */
public final class ForwardClient {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI root;

  /** To an ingest whose paths begin at this URL. */
  public ForwardClient(URI root) {
    this.root = root;
  }

  /** Posts one entry of these payloads, all of {@code device}. */
  public HttpResponse<String> send(String device, byte[]... payloads) throws Exception {
    List<Delivery> deliveries = new ArrayList<>();
    for (byte[] payload : payloads) {
      deliveries.add(new Delivery(device, payload));
    }
    return send(new ForwardRequest("g1", 1, 1, 0, List.of(entry(deliveries))));
  }

  /** An entry received now. */
  public static LogEntry entry(List<Delivery> deliveries) {
    return new LogEntry("g1", System.currentTimeMillis() * 1_000_000L, deliveries);
  }

  /** Posts a request. */
  public HttpResponse<String> send(ForwardRequest request) throws Exception {
    return post(gzip(ForwardCodec.encodeRequest(request)), "gzip");
  }

  /** Posts bytes, with this content encoding if it is not empty. */
  public HttpResponse<String> post(byte[] body, String encoding) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve(Routes.FORWARD_PATH))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", Routes.FORWARD_CONTENT_TYPE)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (!encoding.isEmpty()) {
      request.header("Content-Encoding", encoding);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Compressed. */
  public static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }
}
