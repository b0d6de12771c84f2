package io.tidemark.gateway.forward;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;

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
  private volatile Script script = (request, number) -> Reply.stored(number);
  private volatile int reportStatus = 204;

  public FakeIngest() throws IOException {
    this(0);
  }

  public FakeIngest(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
    server.setExecutor(threads);
    server.createContext(Routes.FORWARD_PATH, this::handle);
    server.createContext(Routes.REPORT_PATH, this::handleReport);
    server.start();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port());
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
