package io.tidemark.ingest.alerts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/** A webhook's receiver that answers at each path what it is told to, and else 204. */
public final class Receiver implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int NO_ANSWER = 0;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, BlockingQueue<Answer>> answers = new ConcurrentHashMap<>();

  /** What came, in its order. */
  public final List<Got> got = new CopyOnWriteArrayList<>();

  /** A notification as it came. */
  public record Got(String path, String id, JsonNode body, long atMillis) {}

  private record Answer(int status, String retryAfter) {}

  public Receiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** Answers the next request to this path so; 0: not at all. */
  public void answer(String path, int status, String retryAfter) {
    answers
        .computeIfAbsent(path, any -> new LinkedBlockingQueue<>())
        .add(new Answer(status, retryAfter));
  }

  /** What came to a path. */
  public List<Got> at(String path) {
    return got.stream().filter(one -> one.path().equals(path)).toList();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    JsonNode body = JSON.readTree(exchange.getRequestBody());
    BlockingQueue<Answer> queue = answers.get(path);
    Answer answer = queue == null ? null : queue.poll();
    got.add(
        new Got(
            path,
            exchange.getRequestHeaders().getFirst("Tidemark-Notification-Id"),
            body,
            System.currentTimeMillis()));
    if (answer != null && answer.status() == NO_ANSWER) {
      return; // the other side waits
    }
    if (answer != null && !answer.retryAfter().isEmpty()) {
      exchange.getResponseHeaders().add("Retry-After", answer.retryAfter());
    }
    exchange.sendResponseHeaders(answer == null ? 204 : answer.status(), -1);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
