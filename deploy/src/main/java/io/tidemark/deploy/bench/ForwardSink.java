package io.tidemark.deploy.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.tidemark.wire.Routes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

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

  /** Over HTTP. */
  ForwardSink(int port) throws IOException {
    this(HttpServer.create(at(port), THREADS));
  }

  /** Over HTTPS; whoever asks need not say who it is. */
  ForwardSink(int port, SSLContext context) throws IOException {
    this(secured(port, context));
  }

  private ForwardSink(HttpServer server) {
    this.server = server;
    server.createContext(Routes.FORWARD_PATH, ForwardSink::take);
    server.setExecutor(threads);
    server.start();
  }

  private static HttpServer secured(int port, SSLContext context) throws IOException {
    HttpsServer made = HttpsServer.create(at(port), THREADS);
    made.setHttpsConfigurator(new HttpsConfigurator(context));
    return made;
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
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
