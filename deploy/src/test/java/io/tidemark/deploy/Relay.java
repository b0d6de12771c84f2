package io.tidemark.deploy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between ingest and a database, and spoils some of its answers, by a seed. Thread-safe. */
final class Relay implements AutoCloseable {
  /** What becomes of a request. */
  enum Fault {
    /** Passed on, and the answer passed back. */
    NONE,
    /** Not passed on: 429, come again in a second. */
    TOO_MANY,
    /** Not passed on: 500. */
    ERROR,
    /** Not passed on: 503. */
    AWAY,
    /** Passed on; the answer takes its time. */
    SLOW,
    /** Passed on, and done; the connection ends before the answer is whole. */
    HALF,
    /** The connection ends without a word. */
    CUT
  }

  private static final List<Fault> FAULTS =
      List.of(Fault.TOO_MANY, Fault.ERROR, Fault.AWAY, Fault.SLOW, Fault.HALF, Fault.CUT);
  private static final long SLOW_MILLIS = 700;

  private final URI target;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Random random;
  private final AtomicInteger spoiled = new AtomicInteger();
  private volatile double share;

  Relay(URI target, long seed) throws IOException {
    this.target = target;
    random = new Random(seed);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::relay);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** From now on so many of all requests are spoilt, 0 to 1. */
  void spoil(double shareOfRequests) {
    share = shareOfRequests;
  }

  /** How many requests have been spoilt. */
  int spoiled() {
    return spoiled.get();
  }

  private synchronized Fault next() {
    double die = random.nextDouble();
    Fault fault = FAULTS.get(random.nextInt(FAULTS.size()));
    return die < share ? fault : Fault.NONE;
  }

  private void relay(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Fault fault = next();
    if (fault != Fault.NONE) {
      spoiled.incrementAndGet();
    }
    try (exchange) {
      switch (fault) {
        case TOO_MANY -> {
          exchange.getResponseHeaders().set("Retry-After", "1");
          refuse(exchange, 429);
        }
        case ERROR -> refuse(exchange, 500);
        case AWAY -> refuse(exchange, 503);
        case CUT -> exchange.close();
        default -> pass(exchange, body, fault);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refuse(HttpExchange exchange, int status) throws IOException {
    byte[] answer =
        "{\"error\":\"the relay says so\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, answer.length);
    exchange.getResponseBody().write(answer);
  }

  private void pass(HttpExchange exchange, byte[] body, Fault fault)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(target + exchange.getRequestURI().toString()))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    for (String header : List.of("Content-Type", "Content-Encoding", "Authorization")) {
      String value = exchange.getRequestHeaders().getFirst(header);
      if (value != null) {
        request.header(header, value);
      }
    }
    HttpResponse<byte[]> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (fault == Fault.SLOW) {
      TimeUnit.MILLISECONDS.sleep(SLOW_MILLIS); // the fault itself, not a wait for something
    }
    answer
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              if (name.startsWith("x-") || name.equals("content-type")) {
                exchange.getResponseHeaders().set(name, values.get(0));
              }
            });
    if (fault == Fault.HALF) {
      exchange.sendResponseHeaders(200, answer.body().length + 100L);
      exchange.getResponseBody().write(answer.body());
      exchange.getResponseBody().flush();
      return;
    }
    exchange.sendResponseHeaders(
        answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
    exchange.getResponseBody().write(answer.body());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
