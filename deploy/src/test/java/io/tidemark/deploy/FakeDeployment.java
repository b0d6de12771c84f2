package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/**
 * An ingest and a gateway, g1, that say what they are told to, and are well unless told otherwise.
 * The gateway takes readings over MQTT and CoAP, which ingest then shows.
 */
final class FakeDeployment implements AutoCloseable {
  /** The PUBACK's reason code. */
  volatile int pubackCode;

  /** The response's code over CoAP. */
  volatile int coapCode = 0x44;

  /** Whether ingest shows what the gateway took. */
  volatile boolean rowsAreSeen = true;

  /** How far the gateway's clock is ahead. */
  volatile Duration ahead = Duration.ZERO;

  /** What each answers; a test may put another in its place. */
  final Map<String, Reply> ingest = new ConcurrentHashMap<>();

  final Map<String, Reply> gateway = new ConcurrentHashMap<>();

  private final ObjectMapper json = new ObjectMapper();
  private final Map<String, JsonNode> rows = new ConcurrentHashMap<>();
  private final HttpServer ingestServer;
  private final HttpServer gatewayServer;
  private final ServerSocket mqtt;
  private final DatagramSocket coap;

  record Reply(int status, String body) {}

  FakeDeployment() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    mqtt = new ServerSocket(0, 50, loopback);
    coap = new DatagramSocket(0, loopback);
    thread(this::acceptMqtt);
    thread(this::takeCoap);
    ingestServer = serve(ingest);
    gatewayServer = serve(gateway);
    ok(ingest, "/q/health/live", "{}");
    ok(ingest, "/q/health/ready", "{}");
    ok(gateway, "/q/health/live", "{}");
    ok(gateway, "/q/health/ready", "{}");
    ok(
        ingest,
        "/api/v1/system",
        """
        {"software":"1.2.3","time":"NOW","disk":{"freeBytes":50000000000,"totalBytes":100000000000},
         "rows":{"kind":"influx","trouble":null},"sql":{"kind":"sqlite","trouble":null}}""");
    ok(
        ingest,
        "/api/v1/ledger",
        """
        {"totals":{"produced":9,"stored":9,"waiting":0,"missing":0,"duplicates":0},
         "duplicatesCheckedAt":"2026-01-01T00:00:00Z"}""");
    ok(
        ingest,
        "/api/v1/quarantine/summary",
        """
        {"items":3,"bytes":10,"maxItems":1000,"maxBytes":1000,
         "groups":[{"reason":"not_finite","perHour":[3,0,0]}]}""");
    ok(
        ingest,
        "/api/v1/gateways",
        """
        {"items":[{"gateway":"g1","cluster":"c","member":true,"version":"1.2.3","state":"ready",
         "heardAt":"2026-01-01T00:00:00Z","mqtt":"127.0.0.1:%d","coap":"127.0.0.1:%d",
         "accessListCurrent":true,"groups":[{"group":"g1","role":"leader","waitingReadings":4,"waitingSince":null}]}]}"""
            .formatted(mqtt.getLocalPort(), coap.getLocalPort()));
    ok(
        ingest,
        "/api/v1/authority",
        """
        {"roots":[{"name":"R","from":"2020-01-01T00:00:00Z","to":"2990-01-01T00:00:00Z"}],
         "intermediates":[{"name":"I","from":"2020-01-01T00:00:00Z","to":"2990-01-01T00:00:00Z"}]}""");
    ok(ingest, "/api/v1/devices", "{\"items\":[{\"device\":\"pi 1\"}],\"next\":null}");
    ok(
        ingest,
        "/api/v1/devices/pi+1/latest",
        "{\"items\":[{\"kind\":\"agent\",\"sensor\":\"self\",\"values\":{\"version\":\"1.2.3\"}}]}");
    ok(
        ingest,
        "/api/v1/devices/tidemark-doctor/ledger",
        "{\"totals\":{\"produced\":2,\"stored\":2,\"waiting\":0,\"missing\":0,\"quarantined\":0}}");
    ok(
        gateway,
        "/api/v1/cluster",
        """
        {"cluster":"c","generation":1,"gateway":"g1","canCommit":true,"detail":"leads","software":"1.2.3","time":"NOW",
         "disk":{"freeBytes":50000000000,"freeMinBytes":1000000,"logBytes":10,"logMaxBytes":1000},
         "members":[{"gateway":"g1","mqtt":"127.0.0.1:%d","coap":"127.0.0.1:%d","alive":true,"canCommit":true,"trouble":"","self":true}],
         "groups":[{"group":"g1","role":"leader","leader":"g1","settled":true,"leaving":false,"lag":0}]}"""
            .formatted(mqtt.getLocalPort(), coap.getLocalPort()));
  }

  private static void ok(Map<String, Reply> where, String path, String body) {
    where.put(path, new Reply(200, body));
  }

  /** Has one say something else in a place of what it says. */
  static void change(Map<String, Reply> where, String path, String from, String to) {
    Reply said = where.get(path);
    if (said == null || !said.body().contains(from)) {
      throw new IllegalArgumentException(path + " does not say " + from);
    }
    where.put(path, new Reply(said.status(), said.body().replace(from, to)));
  }

  String api() {
    return "http://127.0.0.1:" + ingestServer.getAddress().getPort();
  }

  String gatewayUrl() {
    return "http://127.0.0.1:" + gatewayServer.getAddress().getPort();
  }

  /** The gateway's port for MQTT, where whoever speaks TLS is answered something else. */
  int mqttPort() {
    return mqtt.getLocalPort();
  }

  private HttpServer serve(Map<String, Reply> replies) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "fake-http");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", exchange -> answer(exchange, replies));
    server.start();
    return server;
  }

  private void answer(HttpExchange exchange, Map<String, Reply> replies) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    Reply reply = replies.getOrDefault(path, new Reply(404, "{\"detail\":\"no " + path + "\"}"));
    if (path.equals("/api/v1/devices/tidemark-doctor/latest")) {
      ObjectNode seen = json.createObjectNode();
      seen.putArray("items");
      if (rowsAreSeen) {
        rows.values().forEach(seen.withArray("items")::add);
      }
      reply = new Reply(200, seen.toString());
    }
    Duration clock = replies == gateway ? ahead : Duration.ZERO;
    byte[] body =
        reply
            .body()
            .replace("NOW", Instant.now().plus(clock).toString())
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private interface Loop {
    void run() throws IOException;
  }

  private static void thread(Loop loop) {
    Thread thread =
        new Thread(
            () -> {
              try {
                loop.run();
              } catch (IOException e) {
                // It is closed: the test is over.
              }
            },
            "fake-gateway");
    thread.setDaemon(true);
    thread.start();
  }

  private void took(byte[] payload) throws IOException {
    JsonNode reading = json.readTree(payload);
    rows.put(reading.path("sensor").asText(), reading);
  }

  private void acceptMqtt() throws IOException {
    while (true) {
      Socket client = mqtt.accept();
      thread(() -> speakMqtt(client));
    }
  }

  /** MQTT 5: a CONNECT, then PUBLISH with QoS 1 and no properties. */
  private void speakMqtt(Socket client) throws IOException {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      OutputStream out = client.getOutputStream();
      while (true) {
        int type = in.readUnsignedByte() >> 4;
        byte[] body = in.readNBytes(length(in));
        if (type == 1) {
          out.write(new byte[] {0x20, 3, 0, 0, 0});
        } else if (type == 3) {
          int topic = (body[0] & 0xFF) << 8 | body[1] & 0xFF;
          if (pubackCode == 0) {
            took(Arrays.copyOfRange(body, 2 + topic + 3, body.length));
          }
          out.write(new byte[] {0x40, 4, body[2 + topic], body[3 + topic], (byte) pubackCode, 0});
        }
      }
    }
  }

  private static int length(DataInputStream in) throws IOException {
    int length = 0;
    int digit;
    int shift = 0;
    do {
      digit = in.readUnsignedByte();
      length |= (digit & 127) << shift;
      shift += 7;
    } while (digit > 127);
    return length;
  }

  private void takeCoap() throws IOException {
    byte[] buffer = new byte[2048];
    while (true) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      coap.receive(packet);
      byte[] request = Arrays.copyOf(buffer, packet.getLength());
      int marker = 8;
      while (request[marker] != (byte) 0xFF) {
        marker++;
      }
      if (coapCode == 0x44) {
        took(Arrays.copyOfRange(request, marker + 1, request.length));
      }
      byte[] answer = Arrays.copyOf(request, 8); // with message id and token
      answer[0] = 0x64; // an acknowledgement, a token of four bytes
      answer[1] = (byte) coapCode;
      coap.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
    }
  }

  @Override
  public void close() throws IOException {
    ingestServer.stop(0);
    gatewayServer.stop(0);
    mqtt.close();
    coap.close();
  }
}
