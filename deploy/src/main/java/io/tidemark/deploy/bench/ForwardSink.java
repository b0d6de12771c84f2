package io.tidemark.deploy.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers forward requests as ingest does, and forgets them: the gateway does all of its work, and
 * nobody's store takes the processors from it.
 */
final class ForwardSink implements AutoCloseable {
  private static final int THREADS = 4;
  private static final byte[] STORED = "{\"tick\":1}".getBytes(StandardCharsets.UTF_8);

  static {
    // Headers and body go out apart; else the body may wait 40 ms for the client to acknowledge
    // them.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  ForwardSink(int port) throws IOException {
    server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), THREADS);
    server.createContext(Routes.FORWARD_PATH, ForwardSink::take);
    server.setExecutor(threads);
    server.start();
  }

  private static void take(HttpExchange exchange) throws IOException {
    try (exchange;
        InputStream body = exchange.getRequestBody()) {
      body.transferTo(OutputStream.nullOutputStream());
      exchange.sendResponseHeaders(200, STORED.length);
      exchange.getResponseBody().write(STORED);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
