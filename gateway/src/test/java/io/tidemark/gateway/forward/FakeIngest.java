package io.tidemark.gateway.forward;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.tidemark.identity.Identity;
import io.tidemark.wire.ForwardCodec;
import io.tidemark.wire.ForwardRequest;
import io.tidemark.wire.GatewayReport;
import io.tidemark.wire.ReportCodec;
import io.tidemark.wire.Routes;
import io.tidemark.wire.WireFormatException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** A real HTTP server that answers as it is told. */
public final class FakeIngest implements AutoCloseable {
  /** Decides an answer. */
  public interface Script {
    Reply reply(ForwardRequest request, int number) throws Exception;
  }

  /** An answer; status 0 cuts the connection. */
  public record Reply(int status, String body, String retryAfter) {
    public static Reply stored(long tick) {
      return new Reply(200, "{\"tick\":" + tick + "}", "");
    }

    public static Reply status(int status) {
      return new Reply(status, "{\"title\":\"no\"}", "");
    }
  }

  /** A request as it came. */
  public record Seen(ForwardRequest request, Reply reply, long atNanos) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Seen> seen = new ArrayList<>();
  private int requests;
  private int inFlight;
  private int inFlightHighest;
  private final List<GatewayReport> reports = new ArrayList<>();
  private final Set<Identity> clients = new HashSet<>();
  private volatile Script script = (request, number) -> Reply.stored(number);
  private volatile int reportStatus = 204;

  public FakeIngest() throws IOException {
    this(0);
  }

  public FakeIngest(int port) throws IOException {
    this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50));
  }

  /** With TLS; who comes may show a certificate, and has to for what is forwarded or told. */
  public FakeIngest(SSLContext tls) throws IOException {
    this(tls, 0);
  }

  public FakeIngest(SSLContext tls, int port) throws IOException {
    this(secure(tls, port));
  }

  private static HttpServer secure(SSLContext tls, int port) throws IOException {
    HttpsServer made =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
    made.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters asked = tls.getDefaultSSLParameters();
            asked.setWantClientAuth(true);
            parameters.setSSLParameters(asked);
          }
        });
    return made;
  }

  private FakeIngest(HttpServer made) {
    server = made;
    server.setExecutor(threads);
    server.createContext(Routes.FORWARD_PATH, this::handle);
    server.createContext(Routes.REPORT_PATH, this::handleReport);
    server.start();
  }

  public URI url() {
    String scheme = server instanceof HttpsServer ? "https" : "http";
    return URI.create(scheme + "://127.0.0.1:" + port());
  }

  /** Something else that is answered. */
  public void answer(String path, HttpHandler handler) {
    server.createContext(path, handler);
  }

  /** Who has forwarded or told something, as their certificates name them. */
  public synchronized Set<Identity> clients() {
    return Set.copyOf(clients);
  }

  private synchronized void came(HttpExchange exchange) throws IOException {
    if (exchange instanceof HttpsExchange secure) {
      X509Certificate shown =
          (X509Certificate) secure.getSSLSession().getPeerCertificates()[0]; // or it throws
      clients.add(Objects.requireNonNull(Identity.of(shown)));
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  public void script(Script next) {
    script = next;
  }

  /** Requests answered so far, in the order of their answers. */
  public synchronized List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** How reports are answered from now on. */
  public void answerReports(int status) {
    reportStatus = status;
  }

  /** Reports that came so far, taken or not. */
  public synchronized List<GatewayReport> reports() {
    return List.copyOf(reports);
  }

  private void handleReport(HttpExchange exchange) throws IOException {
    try (exchange) {
      came(exchange);
      GatewayReport report = ReportCodec.decode(exchange.getRequestBody().readAllBytes());
      synchronized (this) {
        reports.add(report);
      }
      exchange.sendResponseHeaders(reportStatus, -1);
    } catch (WireFormatException e) {
      throw new IOException(e);
    }
  }

  /** Most requests that were in flight at once. */
  public synchronized int inFlightHighest() {
    return inFlightHighest;
  }

  private void handle(HttpExchange exchange) throws IOException {
    int number;
    synchronized (this) {
      number = ++requests;
      inFlight++;
      inFlightHighest = Math.max(inFlightHighest, inFlight);
    }
    try (exchange) {
      came(exchange);
      ForwardRequest request = decode(exchange);
      Reply reply = script.reply(request, number);
      synchronized (this) {
        seen.add(new Seen(request, reply, System.nanoTime()));
        inFlight--;
      }
      if (reply.status == 0) {
        return;
      }
      if (!reply.retryAfter.isEmpty()) {
        exchange.getResponseHeaders().set("Retry-After", reply.retryAfter);
      }
      byte[] body = reply.body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status, body.length);
      exchange.getResponseBody().write(body);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static ForwardRequest decode(HttpExchange exchange)
      throws IOException, WireFormatException {
    if (!"gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))
        || !Routes.FORWARD_CONTENT_TYPE.equals(
            exchange.getRequestHeaders().getFirst("Content-Type"))) {
      throw new IOException("headers are " + exchange.getRequestHeaders().entrySet());
    }
    try (GZIPInputStream in = new GZIPInputStream(exchange.getRequestBody())) {
      return ForwardCodec.decodeRequest(in.readAllBytes());
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
