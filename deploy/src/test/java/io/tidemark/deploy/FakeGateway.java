package io.tidemark.deploy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A gateway that only knows what it is told to say of its cluster; the last of it for ever. */
final class FakeGateway implements AutoCloseable {
  /** What it was asked to change, as it came. */
  final Queue<String> asked = new ConcurrentLinkedQueue<>();

  private final HttpServer server;
  private final Queue<String> states = new ArrayDeque<>();
  private final Queue<Reply> replies = new ArrayDeque<>();

  private record Reply(int status, String body) {}

  FakeGateway() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/api/v1/cluster", this::show);
    server.createContext("/api/v1/cluster/changes", this::change);
    server.start();
  }

  /** Says these, one after the other, when it is asked for the cluster's state. */
  FakeGateway saying(String... bodies) {
    states.addAll(List.of(bodies));
    return this;
  }

  /** Answers so when it is asked for a change. */
  FakeGateway answering(int status, String body) {
    replies.add(new Reply(status, body));
    return this;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void show(HttpExchange exchange) throws IOException {
    String body = states.size() > 1 ? states.remove() : states.peek();
    answer(
        exchange, body == null ? new Reply(503, "{\"detail\":\"starts\"}") : new Reply(200, body));
  }

  private void change(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    asked.add(exchange.getRequestMethod() + " " + body);
    Reply reply = replies.size() > 1 ? replies.remove() : replies.peek();
    answer(exchange, reply == null ? new Reply(404, "") : reply);
  }

  private static void answer(HttpExchange exchange, Reply reply) throws IOException {
    byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
