package io.tidemark.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.gateway.forward.FakeIngest;
import io.tidemark.identity.ClientTrust;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Identity;
import io.tidemark.identity.OwnCredential;
import io.tidemark.identity.Role;
import io.tidemark.identity.SecretFile;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.TestAuthority;
import io.tidemark.identity.Tls;
import io.tidemark.testing.FreePort;
import io.vertx.ext.web.Router;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gateway's HTTPS: who may have what there, and how devices are enrolled through it. */
@QuarkusTest
@TestProfile(GatewayHttpTest.Secured.class)
@Timeout(60)
class GatewayHttpTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Identity G1 = new Identity(Role.GATEWAY, "g1");
  private static final Identity DEVICE = new Identity(Role.DEVICE, "d1");
  private static final String VIEWER = "v".repeat(32);
  private static final String OPERATOR = "o".repeat(32);

  /** With which token, and after those by which certificate somebody comes. */
  private static final List<String> COLUMNS =
      List.of(
          "none", "wrong", "viewer", "operator", "device", "gateway", "ingest", "ended", "foreign");

  /** What ingest was asked: who is at the other end, and what was said. */
  private static final Queue<String> ASKED = new ConcurrentLinkedQueue<>();

  private static volatile int status = 200;
  private static volatile CountDownLatch held = new CountDownLatch(0);

  private static FakeIngest ingest(int port) throws Exception {
    FakeIngest made =
        new FakeIngest(
            Tls.server(
                new OwnCredential(
                    OURS.credential(new Identity(Role.INGEST, "ingest"), "127.0.0.1")),
                ClientTrust.of(OURS.trust(), Clock.systemUTC(), (identity, certificate) -> {})),
            port);
    made.answer(EstClient.PATH, GatewayHttpTest::answer);
    return made;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      held.await();
      X509Certificate peer =
          (X509Certificate) ((HttpsExchange) exchange).getSSLSession().getPeerCertificates()[0];
      byte[] body = exchange.getRequestBody().readAllBytes();
      ASKED.add(
          "%s by %s, authorization %s, behind it %s, %d bytes"
              .formatted(
                  exchange.getRequestURI().getPath().substring(EstClient.PATH.length()),
                  Identity.of(peer),
                  exchange.getRequestHeaders().getFirst("Authorization"),
                  behind(exchange.getRequestHeaders().get("Client-Cert")),
                  body.length));
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
      exchange.getResponseHeaders().set("Server", "secret");
      byte[] words = "ingest says so".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, words.length);
      exchange.getResponseBody().write(words);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static String behind(@Nullable List<String> fields) throws Exception {
    if (fields == null) {
      return "nobody";
    }
    assertThat(fields).hasSize(1);
    String field = fields.get(0);
    assertThat(field).startsWith(":").endsWith(":");
    byte[] der = Base64.getDecoder().decode(field.substring(1, field.length() - 1));
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
    return String.valueOf(Identity.of(certificate));
  }

  /** Security on, with both tokens; in another class loader, so that the credential comes later. */
  public static class Secured implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>();
      try {
        Path folder = Files.createTempDirectory("gateway-http-test");
        SecretFile.write(folder, "viewer", VIEWER + "\n");
        SecretFile.write(folder, "operator", OPERATOR + "\n");
        settings.put("tidemark.http.viewer-token-file", folder.resolve("viewer").toString());
        settings.put("tidemark.http.operator-token-file", folder.resolve("operator").toString());
        settings.put("tidemark.data.dir", folder.toString());
        settings.put(
            "tidemark.ingest.urls", "https://127.0.0.1:1,https://127.0.0.1:" + FreePort.next());
        settings.put("quarkus.http.test-port", Integer.toString(FreePort.next()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      settings.put("tidemark.gateway.id", "g1");
      settings.put("tidemark.cluster.peers", "g1=127.0.0.1:0");
      settings.put("tidemark.mqtt.tls.port", "0");
      settings.put("tidemark.coap.dtls.port", "0");
      return settings;
    }
  }

  @TestHTTPResource(value = "/", tls = true)
  URI https = URI.create("https://set.by.quarkus");

  @ConfigProperty(name = "quarkus.http.test-port")
  int plainPort;

  @ConfigProperty(name = "tidemark.data.dir")
  Path data;

  @ConfigProperty(name = "tidemark.ingest.urls")
  List<String> ingestUrls;

  @Inject Gateway gateway = given();
  @Inject Router router = given();
  @Inject MeterRegistry meters = given();

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // injected before each test
  private static <T> T given() {
    return null;
  }

  @BeforeEach
  void start() throws Exception {
    status = 200;
    ASKED.clear();
    if (!gateway.started()) {
      assertThatThrownBy(() -> get("q/health/live", null)) // it does not know who it is
          .isInstanceOf(IOException.class);
      CredentialFolder credential = new CredentialFolder(data.resolve("identity"));
      credential.store(OURS.credential(G1, "localhost", "127.0.0.1"));
      credential.store(List.of(OURS.root()));
      gateway.start();
      FakeIngest unused = ingest(URI.create(ingestUrls.get(1)).getPort()); // ends with the process
    }
  }

  @AfterEach
  void stop() {
    held.countDown();
  }

  private HttpClient client(@Nullable Credential own) throws Exception {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(
            Tls.client(
                new ServerTrust(OURS.trust(), server -> Instant.now()),
                own == null ? null : new OwnCredential(own)))
        .build();
  }

  private HttpResponse<String> send(
      @Nullable Credential own, String method, String path, byte[] body, String... headers)
      throws Exception {
    return sendBy(client(own), method, path, body, headers);
  }

  private HttpResponse<String> sendBy(
      HttpClient client, String method, String path, byte[] body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(https.resolve(path))
            .timeout(Duration.ofSeconds(20))
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path, @Nullable Credential own) throws Exception {
    return send(own, "GET", path, new byte[0]);
  }

  private HttpResponse<String> est(@Nullable Credential own, String path, String... headers)
      throws Exception {
    return send(own, "POST", EstClient.PATH + path, new byte[100], headers);
  }

  private static Map<String, List<String>> table() throws IOException {
    Map<String, List<String>> table = new HashMap<>();
    try (InputStream in =
        Objects.requireNonNull(GatewayHttpTest.class.getResourceAsStream("/access-matrix.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          List<String> words = List.of(line.strip().split(" +", -1));
          assertThat(words).as(line).hasSize(2 + COLUMNS.size());
          table.put(words.get(0) + " " + words.get(1), words.subList(2, words.size()));
        }
      }
    }
    return table;
  }

  @Test
  void everyAddressHasItsRowAndAnswersAsThatSays() throws Exception {
    Map<String, List<String>> table = table();
    Set<String> routes = new TreeSet<>();
    router.getRoutes().stream()
        .filter(route -> route.getPath() != null && !route.getPath().equals("/"))
        .forEach(
            route ->
                routes.add(
                    route.getPath()
                        + (route.isExactPath() ? "" : "*")
                        + " "
                        + (route.methods() == null
                            ? "GET"
                            : route.methods().stream()
                                .map(Object::toString)
                                .collect(Collectors.joining()))));
    assertThat(
            table.keySet().stream()
                .map(row -> row.split(" ", -1))
                .map(row -> row[1] + " " + row[0]))
        .containsAll(routes);
    SoftAssertions softly = new SoftAssertions();
    for (int i = 0; i < COLUMNS.size(); i++) {
      HttpClient client = client(certificate(COLUMNS.get(i)));
      for (Map.Entry<String, List<String>> row : table.entrySet()) {
        softly
            .assertThat(answer(client, row.getKey().split(" ", -1), token(COLUMNS.get(i))))
            .as(COLUMNS.get(i) + " at " + row.getKey())
            .isEqualTo(row.getValue().get(i));
      }
    }
    softly.assertAll();
    assertThat(
            meters.get("tidemark.gateway.http.refused").tag("missing", "token").counter().count())
        .isPositive();
  }

  private String answer(HttpClient client, String[] operation, String[] token) throws Exception {
    try {
      int status =
          sendBy(client, operation[0], operation[1].replace("*", "x"), new byte[0], token)
              .statusCode();
      return status == 401 || status == 403 ? Integer.toString(status) : "ok";
    } catch (IOException e) {
      return "tls";
    }
  }

  private static String[] token(String column) {
    String word =
        switch (column) {
          case "wrong" -> "x".repeat(32);
          case "viewer" -> VIEWER;
          case "operator" -> OPERATOR;
          default -> "";
        };
    return word.isEmpty()
        ? new String[] {"Accept", "*/*"}
        : new String[] {"Authorization", "Bearer " + word};
  }

  private static @Nullable Credential certificate(String column) {
    Instant now = Instant.now();
    return switch (column) {
      case "device" -> OURS.credential(DEVICE);
      case "gateway" -> OURS.credential(new Identity(Role.GATEWAY, "g2"), "127.0.0.1");
      case "ingest" -> OURS.credential(new Identity(Role.INGEST, "ingest"), "127.0.0.1");
      case "ended" -> OURS.credential(DEVICE, now.minusSeconds(99), now.minusSeconds(9));
      case "foreign" -> OTHERS.credential(DEVICE);
      default -> null;
    };
  }

  @Test
  void thereIsNoOtherPortAndOnlyOursAreBelieved() throws Exception {
    assertThatThrownBy(() -> new Socket("127.0.0.1", plainPort))
        .isInstanceOf(ConnectException.class);
    Credential stranger = OTHERS.credential(DEVICE);
    assertThatThrownBy(() -> get("q/health/live", stranger)).isInstanceOf(IOException.class);
    assertThat(
            meters
                .get("tidemark.gateway.http.handshakes.refused")
                .tag("reason", "unknown_authority")
                .functionCounter()
                .count())
        .isPositive();
  }

  @Test
  void aRenewedCertificateIsShownWithoutARestart() throws Exception {
    Credential renewed = OURS.credential(G1, "localhost", "127.0.0.1");
    Objects.requireNonNull(gateway.identity()).own().replace(renewed);
    HttpResponse<String> answer = get("q/health/live", null);
    assertThat(answer.sslSession().orElseThrow().getPeerCertificates()[0])
        .isEqualTo(renewed.certificate());
  }

  @Test
  void handshakesHoldUpNoEventLoop() throws Exception {
    Credential credential = OURS.credential(G1, "localhost", "127.0.0.1");
    Set<String> threads = ConcurrentHashMap.newKeySet();
    Object watched =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ECPrivateKey.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getS")) { // it signs
                threads.add(Thread.currentThread().getName());
              }
              return method.invoke(credential.key(), arguments);
            });
    Objects.requireNonNull(gateway.identity())
        .own()
        .replace(new Credential((PrivateKey) watched, credential.chain()));
    threads.clear(); // that key and certificate belong together was found out on this one
    assertThat(get("q/health/live", null).statusCode()).isEqualTo(200);
    assertThat(threads).isNotEmpty().noneMatch(name -> name.contains("eventloop"));
  }

  @Test
  void enrolmentIsPassedOnToTheNextIngestWithWhoIsBehind() throws Exception {
    HttpResponse<String> answer = get(EstClient.PATH + "/cacerts", null);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ingest says so");
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.headers().firstValue("Server")).isEmpty();
    status = 401;
    answer = est(null, "/simpleenroll", "Authorization", "Basic c2VjcmV0");
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Basic realm=\"x\"");
    status = 200;
    Instant now = Instant.now();
    Credential lapsed = OURS.credential(DEVICE, now.minusSeconds(99), now.minusSeconds(9));
    assertThat(est(lapsed, "/simplereenroll").statusCode()).isEqualTo(200);
    assertThat(ASKED)
        .containsExactly(
            "/cacerts by gateway g1, authorization null, behind it nobody, 0 bytes",
            "/simpleenroll by gateway g1, authorization Basic c2VjcmV0, behind it nobody, 100 bytes",
            "/simplereenroll by gateway g1, authorization null, behind it device d1, 100 bytes");
  }

  @Test
  void whoIsBehindIsNeverBelievedFromOutside() throws Exception {
    String forged =
        ":"
            + Base64.getEncoder().encodeToString(OURS.credential(G1).certificate().getEncoded())
            + ":";
    HttpResponse<String> answer = est(null, "/simplereenroll", "Client-Cert", forged);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("has to be shown at the handshake");
    assertThat(ASKED).isEmpty();
    assertThat(est(OURS.credential(DEVICE), "/simplereenroll", "Client-Cert", forged).statusCode())
        .isEqualTo(200);
    assertThat(est(null, "/simpleenroll", "Client-Cert", forged).statusCode()).isEqualTo(200);
    assertThat(ASKED)
        .containsExactly(
            "/simplereenroll by gateway g1, authorization null, behind it device d1, 100 bytes",
            "/simpleenroll by gateway g1, authorization null, behind it nobody, 100 bytes");
  }

  @Test
  void whatIsTooMuchIsRefusedAndWhatCannotBeAskedComesLater() throws Exception {
    String path = EstClient.PATH + "/simpleenroll";
    assertThat(send(null, "POST", path, new byte[(16 << 10) + 1]).statusCode()).isEqualTo(413);
    assertThat(ASKED).isEmpty();
    status = 503;
    later(est(null, "/simpleenroll"));
    status = 200;
    ASKED.clear();
    held = new CountDownLatch(1);
    HttpClient client = client(null);
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      answers.add(
          client.sendAsync(
              HttpRequest.newBuilder(https.resolve(EstClient.PATH + "/cacerts")).build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new)).get(); // there was no room
    held.countDown();
    List<Integer> statuses = new ArrayList<>();
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      statuses.add(answer.get().statusCode());
    }
    assertThat(statuses).contains(200, 503);
    assertThat(statuses.stream().filter(each -> each == 200).count()).isGreaterThanOrEqualTo(32);
  }

  private static void later(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("10");
    assertThat(answer.body()).contains("cannot be asked now");
  }
}
