package io.tidemark.sim;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import io.tidemark.wire.Reading;
import io.tidemark.wire.Value;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;

/**
 * The platform's API over real HTTP, on rows in memory: right, unless a test changes the rows. The
 * ledger is reckoned from what was delivered, so a row changed afterwards is what it is in life:
 * the ledger still calls it stored.
 */
@NullUnmarked
public final class FakeApi implements AutoCloseable {
  /** A row. */
  public record StoredRow(String device, long epoch, long sequence, Reading reading) {
    public StoredRow under(String other) {
      return new StoredRow(other, epoch, sequence, reading);
    }

    public StoredRow inEpoch(long other) {
      return new StoredRow(device, other, sequence, reading);
    }

    public StoredRow with(Reading other) {
      return new StoredRow(device, epoch, sequence, other);
    }
  }

  private record Epoch(String device, long epoch) {}

  private final HttpServer server;
  private final List<StoredRow> rows = new ArrayList<>();
  private final Map<Epoch, TreeMap<Long, String>> states = new HashMap<>();
  private final Map<Epoch, long[]> declared = new HashMap<>();

  /** What ingest gives at a time at most. */
  private static final int QUARANTINE_PAGE_MAX = 100;

  private final List<String> quarantine = new ArrayList<>();
  private final AtomicInteger pages = new AtomicInteger();
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private volatile String wanted = "";
  private int pageRows = 37;
  private int failures;
  private long committed;
  private long forwardedMax = Long.MAX_VALUE;

  public FakeApi() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newFixedThreadPool(2));
    server.createContext("/", this::handle);
    server.start();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** What a gateway acknowledged arrives. */
  public synchronized FakeApi deliver(List<Batch> batches) {
    for (Batch batch : batches) {
      BatchHeader header = batch.header();
      Epoch epoch = new Epoch(header.device(), header.epoch());
      long[] sums = declared.computeIfAbsent(epoch, e -> new long[2]);
      sums[0] = Math.max(sums[0], header.nextSequence());
      sums[1] = Math.max(sums[1], header.oldestKept());
      TreeMap<Long, String> numbers = states.computeIfAbsent(epoch, e -> new TreeMap<>());
      for (int i = 0; i < header.count(); i++) {
        long number = header.firstSequence() + i;
        if (header.dropReason() != null) {
          numbers.putIfAbsent(number, "dropped");
        } else if (!"stored".equals(numbers.put(number, "stored"))) {
          rows.add(new StoredRow(header.device(), header.epoch(), number, batch.readings().get(i)));
        }
      }
    }
    return this;
  }

  /** The next requests are answered 503. */
  public synchronized void failNext(int requests) {
    failures = requests;
  }

  /** Gateways forward nothing any more, and go on committing. */
  public synchronized void stopForwarding() {
    forwardedMax = Math.max(0, committed - 1);
  }

  public synchronized void pageRows(int number) {
    pageRows = number;
  }

  public int pages() {
    return pages.get();
  }

  /** From now on only requests with this API key are answered. */
  public void wantKey(String key) {
    wanted = "Bearer " + key;
  }

  /** True once somebody has asked for a device's rows. */
  public boolean wasAskedFor(String device) {
    return asked.contains(device);
  }

  public synchronized StoredRow row(String device, long sequence) {
    return rows.stream()
        .filter(row -> row.device().equals(device) && row.sequence() == sequence)
        .findFirst()
        .orElseThrow();
  }

  public synchronized void remove(StoredRow row) {
    rows.remove(row);
  }

  public synchronized void add(StoredRow row) {
    rows.add(row);
  }

  public synchronized void replace(StoredRow row, Function<StoredRow, StoredRow> by) {
    rows.remove(row);
    rows.add(by.apply(row));
  }

  /** Moves a row into the quarantine. */
  public synchronized void quarantine(StoredRow row) {
    quarantine(row, null);
  }

  /** Moves a row into the quarantine, with the batch it came in. */
  public synchronized void quarantine(StoredRow row, byte[] batch) {
    rows.remove(row);
    String payload = batch == null ? "null" : '"' + Base64.getEncoder().encodeToString(batch) + '"';
    quarantine.add(
        "{\"id\":\"q%d\",\"device\":\"%s\",\"epoch\":%d,\"sequence\":%d,\"reason\":\"conflict\",\"payloadBase64\":%s}"
            .formatted(quarantine.size(), row.device(), row.epoch(), row.sequence(), payload));
  }

  /**
   * Moves a whole batch into the quarantine, which then does not say its numbers but has its bytes.
   */
  public synchronized void quarantine(Batch batch, byte[] bytes) {
    rows.removeIf(
        row ->
            row.device().equals(batch.header().device())
                && row.epoch() == batch.header().epoch()
                && row.sequence() >= batch.header().firstSequence()
                && row.sequence() < batch.header().firstSequence() + batch.header().count());
    quarantine.add(
        "{\"id\":\"q%d\",\"device\":\"%s\",\"epoch\":null,\"sequence\":null,\"reason\":\"undecodable\",\"payloadBase64\":\"%s\"}"
            .formatted(
                quarantine.size(),
                batch.header().device(),
                Base64.getEncoder().encodeToString(bytes)));
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String answer;
    int status = 200;
    synchronized (this) {
      if (failures > 0) {
        failures--;
        answer = "{}";
        status = 503;
      } else if (!wanted.isEmpty()
          && !wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        answer = "{\"detail\":\"this needs the role viewer\"}";
        status = 401;
      } else {
        answer = answer(exchange.getRequestURI());
        status = answer == null ? 404 : 200;
      }
    }
    byte[] bytes = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String answer(URI request) {
    String[] parts = request.getPath().split("/", -1);
    Map<String, String> query = query(request);
    if (request.getPath().equals("/api/v1/ledger")) {
      committed++;
      return "{\"verdict\":\"clean\",\"totals\":{},\"groups\":[{\"group\":\"default\",\"committedIndex\":%d,\"forwardedIndex\":%d,\"seenAt\":\"x\"}]}"
          .formatted(committed, Math.min(committed - 1, forwardedMax));
    } else if (request.getPath().equals("/api/v1/devices")) {
      return page(
          rows.stream().map(StoredRow::device).distinct().sorted().toList(),
          query,
          name -> "{\"device\":\"%s\",\"firstSeen\":\"x\",\"status\":{\"a\":[1]}}".formatted(name));
    } else if (request.getPath().equals("/api/v1/quarantine")) {
      if (Integer.parseInt(query.get("limit")) > QUARANTINE_PAGE_MAX) {
        return null; // the real one refuses it too
      }
      return page(
          quarantine.stream()
              .filter(q -> q.contains("\"device\":\"" + query.get("device") + "\""))
              .toList(),
          query,
          q -> q);
    } else if (parts.length == 6 && parts[5].equals("readings")) {
      asked.add(parts[4]);
      return page(
          rows.stream()
              .filter(row -> row.device().equals(parts[4]))
              .filter(row -> inRange(row, query))
              .sorted(Comparator.comparingLong(row -> row.reading().timeNanos()))
              .toList(),
          query,
          FakeApi::json);
    } else if (parts.length == 6 && parts[5].equals("ledger")) {
      return ledger(parts[4]);
    }
    return null;
  }

  private String ledger(String device) {
    List<String> epochs = new ArrayList<>();
    for (Map.Entry<Epoch, long[]> entry : declared.entrySet()) {
      if (!entry.getKey().device().equals(device)) {
        continue;
      }
      TreeMap<Long, String> numbers = states.get(entry.getKey());
      long waiting = 0;
      List<String> missing = new ArrayList<>();
      List<String> dropped = new ArrayList<>();
      for (long n = 0; n < entry.getValue()[0]; n++) {
        String state = numbers.get(n);
        if (state == null && n >= entry.getValue()[1]) {
          waiting++;
        } else if (state == null) {
          missing.add("{\"first\":%d,\"last\":%d,\"since\":\"x\"}".formatted(n, n));
        } else if (state.equals("dropped")) {
          dropped.add("{\"first\":%d,\"last\":%d,\"reason\":\"x\"}".formatted(n, n));
        }
      }
      epochs.add(
          "{\"epoch\":%d,\"produced\":%d,\"waiting\":%d,\"watermark\":1,\"missingRanges\":%s,\"droppedRanges\":%s}"
              .formatted(entry.getKey().epoch(), entry.getValue()[0], waiting, missing, dropped));
    }
    return "{\"device\":\"%s\",\"verdict\":\"clean\",\"totals\":{\"redelivered\":1},\"epochs\":%s}"
        .formatted(device, epochs);
  }

  private <T> String page(List<T> all, Map<String, String> query, Function<T, String> json) {
    pages.incrementAndGet();
    int from = Integer.parseInt(query.getOrDefault("cursor", "c/0").substring(2));
    int limit = Math.min(pageRows, Integer.parseInt(query.get("limit")));
    int to = Math.min(all.size(), from + limit);
    String items =
        all.subList(from, to).stream().map(json).collect(Collectors.joining(",", "[", "]"));
    String next = to < all.size() ? "\"c/" + to + "\"" : "null";
    return "{\"items\":%s,\"next\":%s}".formatted(items, next);
  }

  private static boolean inRange(StoredRow row, Map<String, String> query) {
    return (!query.containsKey("from") || row.reading().timeNanos() >= nanos(query.get("from")))
        && (!query.containsKey("to") || row.reading().timeNanos() < nanos(query.get("to")));
  }

  private static long nanos(String time) {
    Instant at = Instant.parse(time);
    return at.getEpochSecond() * 1_000_000_000L + at.getNano();
  }

  private static Map<String, String> query(URI request) {
    Map<String, String> query = new HashMap<>();
    if (request.getRawQuery() != null) {
      for (String pair : request.getRawQuery().split("&", -1)) {
        String[] sides = pair.split("=", 2);
        query.put(sides[0], URLDecoder.decode(sides[1], StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  private static String json(StoredRow row) {
    Reading reading = row.reading();
    String values =
        reading.values().entrySet().stream()
            .map(metric -> "\"%s\":%s".formatted(metric.getKey(), json(metric.getValue())))
            .collect(Collectors.joining(",", "{", "}"));
    return "{\"sensor\":\"%s\",\"kind\":\"%s\",\"epoch\":%d,\"sequence\":%d,\"time\":\"%s\",\"values\":%s}"
        .formatted(
            reading.sensor(),
            reading.kind(),
            row.epoch(),
            row.sequence(),
            Instant.ofEpochSecond(0, reading.timeNanos()),
            values);
  }

  private static String json(Value value) {
    if (value instanceof Value.Num number) {
      double d = number.value();
      // Whole numbers without a point, as some writers do.
      return d == Math.rint(d) && Math.abs(d) < 1e15 && Double.doubleToRawLongBits(d) != 1L << 63
          ? Long.toString((long) d)
          : Double.toString(d);
    }
    return value instanceof Value.Flag flag
        ? Boolean.toString(flag.value())
        : '"' + ((Value.Text) value).value() + '"';
  }
}
