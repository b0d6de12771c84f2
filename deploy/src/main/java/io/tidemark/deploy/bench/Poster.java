package io.tidemark.deploy.bench;

import io.tidemark.wire.Routes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/** Posts bodies, several at a time, and takes the time. */
final class Poster {
  private static final int IN_FLIGHT = 8;
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Poster() {}

  /** Posts forward requests to ingest; returns the seconds from the first to the last answer. */
  static double post(URI forward, List<byte[]> requests) throws IOException, InterruptedException {
    return post(
        requests,
        IN_FLIGHT,
        200,
        body ->
            HttpRequest.newBuilder(forward)
                .header("Content-Type", Routes.FORWARD_CONTENT_TYPE)
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
  }

  /** Posts bodies, {@code inFlight} at a time; each has to be answered with {@code expected}. */
  static <T> double post(
      List<T> bodies, int inFlight, int expected, Function<T, HttpRequest> request)
      throws IOException, InterruptedException {
    Semaphore window = new Semaphore(inFlight);
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    long begun = System.nanoTime();
    for (T body : bodies) {
      window.acquire();
      answers.add(
          CLIENT
              .sendAsync(request.apply(body), HttpResponse.BodyHandlers.ofString())
              .whenComplete((answer, failure) -> window.release()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      try {
        if (answer.get().statusCode() != expected) {
          throw new IOException(
              "answered %d: %s".formatted(answer.get().statusCode(), answer.get().body()));
        }
      } catch (ExecutionException e) {
        throw new IOException("no answer: " + e.getCause(), e);
      }
    }
    return (System.nanoTime() - begun) / 1e9;
  }
}
