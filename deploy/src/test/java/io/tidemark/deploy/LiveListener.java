package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/**
 * Listens to the live stream as a browser does whose page is served by a balancer: when it is cut
 * off it goes on at the next ingest, from the last event that it had. Thread-safe.
 */
final class LiveListener implements AutoCloseable {
  private static final int RETRY_MILLIS = 100;

  private final List<String> urls;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ObjectMapper json = new ObjectMapper();
  private final Map<String, Map<Long, Integer>> heard = new TreeMap<>();
  private final AtomicInteger gaps = new AtomicInteger();
  private final Thread thread = new Thread(this::listen, "live-listener");
  private volatile String at = "";
  private volatile String lastId = "";
  private volatile boolean closed;

  /**
   * Begins to.
   *
   * @param urls base addresses, the one to begin with first
   */
  LiveListener(List<String> urls) {
    this.urls = urls;
    thread.setDaemon(true);
    thread.start();
  }

  /** Where it listens; empty while it does nowhere. */
  String at() {
    return at;
  }

  /** How often it was told that events were missed. */
  int gaps() {
    return gaps.get();
  }

  /** Whether it has heard of all readings of a device from 0 to before this number. */
  boolean hasAll(String device, long next) {
    synchronized (heard) {
      Map<Long, Integer> its = heard.getOrDefault(device, Map.of());
      return LongStream.range(0, next).allMatch(its::containsKey);
    }
  }

  /** Readings that it was told of more than once. */
  long twice() {
    synchronized (heard) {
      return heard.values().stream()
          .flatMap(its -> its.values().stream())
          .filter(times -> times > 1)
          .count();
    }
  }

  private void listen() {
    for (int next = 0; !closed; next++) {
      String url = urls.get(next % urls.size());
      try {
        listen(url);
      } catch (IOException e) {
        at = ""; // it is away: the next one
      } catch (InterruptedException e) {
        return; // it is closed
      }
    }
  }

  private void listen(String url) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/api/v1/stream"));
    if (!lastId.isEmpty()) {
      request.header("Last-Event-ID", lastId);
    }
    HttpResponse<InputStream> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    if (answer.statusCode() != 200) {
      Thread.sleep(RETRY_MILLIS);
      return;
    }
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      at = url;
      String event = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          lastId = line.substring(4);
        } else if (line.startsWith("event: ")) {
          event = line.substring(7);
        } else if (line.startsWith("data: ")) {
          take(event, json.readTree(line.substring(6)));
        }
      }
    }
    at = "";
  }

  private void take(String event, JsonNode data) {
    if (event.equals("gap")) {
      gaps.incrementAndGet();
    } else if (event.equals("reading")) {
      synchronized (heard) {
        heard
            .computeIfAbsent(data.path("device").asText(), device -> new TreeMap<>())
            .merge(data.path("sequence").asLong(), 1, Integer::sum);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
