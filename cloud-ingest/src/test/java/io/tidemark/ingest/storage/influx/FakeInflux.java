package io.tidemark.ingest.storage.influx;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;

/**
 * A server that answers writes as a test says, and everything else as the documentation of its
 * generation has it. Nothing is kept but what was asked.
 */
final class FakeInflux implements AutoCloseable {
  /** A request as it came. */
  record Asked(String method, URI uri, String authorization, String encoding, String body) {
    String path() {
      return uri.getPath();
    }

    List<String> lines() {
      return body.lines().toList();
    }
  }

  /** What to answer. A status of 0 closes the connection half way. */
  record Answer(int status, String body, Map<String, String> headers) {
    static final Answer TAKEN = of(204, "");

    static Answer of(int status, String body) {
      return new Answer(status, body, Map.of());
    }

    Answer with(String header, String value) {
      return new Answer(status, body, Map.of(header, value));
    }
  }

  /** Answers a write. */
  @FunctionalInterface
  interface Writes {
    Answer to(Asked write) throws InterruptedException;
  }

  private static final String RETENTION =
      """
      {"results":[{"statement_id":0,"series":[{"columns":["name","duration","shardGroupDuration","replicaN","default"],\
      "values":[["autogen","0s","168h0m0s",1,true]]}]}]}
      """;

  private static final String NOTHING = "{\"results\":[{\"statement_id\":0}]}";

  /** Everything asked, in order. */
  final List<Asked> asked = new ArrayList<>();

  /** Most writes that were under way at a time. */
  final AtomicInteger mostAtATime = new AtomicInteger();

  /** How writes are answered. */
  volatile Writes writes = write -> Answer.TAKEN;

  /** Other answers, by path. */
  final Map<String, Answer> others = new LinkedHashMap<>();

  private final AtomicInteger atATime = new AtomicInteger();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private FakeInflux(String version) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    others.put("/ping", Answer.of(204, "").with("X-Influxdb-Version", version));
    server.start();
  }

  static FakeInflux v1() throws IOException {
    FakeInflux fake = new FakeInflux("1.8.10");
    fake.others.put(
        "/query",
        Answer.of(
            200,
            """
            {"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"],"values":[["_internal"],["tidemark"]]}]}]}
            """));
    return fake;
  }

  static FakeInflux v2() throws IOException {
    FakeInflux fake = new FakeInflux("v2.7.10");
    fake.others.put(
        "/api/v2/buckets",
        Answer.of(
            200,
            """
            {"links":{},"buckets":[{"id":"b1","orgID":"o1","type":"user","name":"tidemark","retentionRules":[]}]}
            """));
    fake.others.put(
        "/api/v2/orgs", Answer.of(200, "{\"orgs\":[{\"id\":\"o1\",\"name\":\"acme\"}]}"));
    return fake;
  }

  static FakeInflux v3() throws IOException {
    FakeInflux fake = new FakeInflux("3.2.1");
    fake.others.put(
        "/api/v3/configure/database", Answer.of(200, "[{\"iox::database\":\"tidemark\"}]"));
    return fake;
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  synchronized List<Asked> writesAsked() {
    return asked.stream().filter(FakeInflux::isWrite).toList();
  }

  synchronized List<Asked> asked(String method, String path) {
    return asked.stream().filter(a -> a.method().equals(method) && a.path().equals(path)).toList();
  }

  private static boolean isWrite(Asked asked) {
    boolean write = asked.path().equals("/write") || asked.path().equals("/api/v2/write");
    return write && !isClaim(asked);
  }

  /** Whose the database is: nobody's but the asking one's. */
  private static boolean isClaim(Asked asked) {
    return asked.body().contains("tidemark:ingest") || asked.body().contains("tidemark%3Aingest");
  }

  private void answer(HttpExchange exchange) throws IOException {
    String encoding = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    byte[] bytes =
        encoding.equals("gzip")
            ? new GZIPInputStream(exchange.getRequestBody()).readAllBytes()
            : exchange.getRequestBody().readAllBytes();
    Asked asking =
        new Asked(
            exchange.getRequestMethod(),
            exchange.getRequestURI(),
            String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
            encoding,
            new String(bytes, StandardCharsets.UTF_8));
    synchronized (this) {
      asked.add(asking);
    }
    Answer answer;
    if (isClaim(asking)) {
      answer = asking.path().equals("/query") ? Answer.of(200, NOTHING) : Answer.TAKEN;
    } else if (isWrite(asking)) {
      mostAtATime.accumulateAndGet(atATime.incrementAndGet(), Math::max);
      try {
        answer = writes.to(asking);
      } catch (InterruptedException e) {
        return;
      } finally {
        atATime.decrementAndGet();
      }
    } else {
      answer =
          asking.body().contains("RETENTION")
              ? Answer.of(200, RETENTION)
              : others.getOrDefault(asking.path(), Answer.of(404, "{}"));
    }
    send(exchange, answer);
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    try (exchange) {
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      if (answer.status() == 0) {
        exchange.sendResponseHeaders(200, 1_000); // more is announced than comes
        exchange.getResponseBody().write(new byte[] {'{'});
        exchange.getResponseBody().flush();
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (IOException gone) {
      return; // the client did not wait, or more was announced than came
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
