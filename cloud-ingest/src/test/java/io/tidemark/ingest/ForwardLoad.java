package io.tidemark.ingest;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchCodec;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.LogEntry;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Routes;
import io.tidemark.wire.Value;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.zip.GZIPOutputStream;

/**
 * A simple load, to be run by hand against an ingest that runs: URL, devices, batches a device,
 * readings a batch, requests in flight. Prints readings a second from the first request to the last
 * answer.
 */
final class ForwardLoad {
  private static final int DELIVERIES_A_REQUEST = 50;

  private ForwardLoad() {}

  public static void main(String[] args) throws Exception {
    URI url = URI.create(args[0] + Routes.FORWARD_PATH);
    int devices = Integer.parseInt(args[1]);
    int batches = Integer.parseInt(args[2]);
    int readings = Integer.parseInt(args[3]);
    int inFlight = Integer.parseInt(args[4]);
    List<byte[]> bodies = bodies(devices, batches, readings);
    HttpClient client = HttpClient.newHttpClient();
    Semaphore window = new Semaphore(inFlight);
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    long begun = System.nanoTime();
    for (byte[] body : bodies) {
      window.acquire();
      HttpRequest request =
          HttpRequest.newBuilder(url)
              .header("Content-Type", Routes.FORWARD_CONTENT_TYPE)
              .header("Content-Encoding", "gzip")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build();
      answers.add(
          client
              .sendAsync(request, HttpResponse.BodyHandlers.ofString())
              .whenComplete((answer, failure) -> window.release()));
    }
    Map<Integer, Integer> statuses = new LinkedHashMap<>();
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      statuses.merge(answer.get().statusCode(), 1, Integer::sum);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    long total = (long) devices * batches * readings;
    System.out.printf(
        "%d readings in %.1f s: %.0f readings/s, answers %s%n",
        total, seconds, total / seconds, statuses);
  }

  private static List<byte[]> bodies(int devices, int batches, int readings) throws IOException {
    Random random = new Random(1);
    long epoch = 1 + random.nextInt(1_000_000) + System.nanoTime() % 1_000_000;
    long start = (System.currentTimeMillis() - 3_600_000L) * 1_000_000L;
    List<byte[]> bodies = new ArrayList<>();
    List<Delivery> deliveries = new ArrayList<>();
    for (int batch = 0; batch < batches; batch++) {
      for (int device = 0; device < devices; device++) {
        List<Reading> list = new ArrayList<>();
        for (int i = 0; i < readings; i++) {
          long sequence = (long) batch * readings + i;
          list.add(
              new Reading(
                  "roof",
                  "bme280",
                  start + sequence * 10_000_000L,
                  Map.of(
                      "temperature",
                          Value.of(Math.round(2000 + random.nextGaussian() * 10) / 100.0),
                      "humidity",
                          Value.of(Math.round(50000 + random.nextGaussian() * 100) / 1000.0),
                      "pressure",
                          Value.of(Math.round(101300 + random.nextGaussian() * 10) / 100.0))));
        }
        long first = (long) batch * readings;
        byte[] payload =
            BatchCodec.encode(
                Batch.ofReadings("load-" + device, epoch, first, list, first + readings, first));
        deliveries.add(new Delivery("load-" + device, payload));
        if (deliveries.size() == DELIVERIES_A_REQUEST) {
          bodies.add(body(deliveries));
          deliveries = new ArrayList<>();
        }
      }
    }
    if (!deliveries.isEmpty()) {
      bodies.add(body(deliveries));
    }
    return bodies;
  }

  private static byte[] body(List<Delivery> deliveries) throws IOException {
    LogEntry entry = new LogEntry("g1", System.currentTimeMillis() * 1_000_000L, deliveries);
    ForwardRequest request = new ForwardRequest("g1", 1, 1, 0, List.of(entry));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(ForwardCodec.encodeRequest(request));
    }
    return out.toByteArray();
  }
}
