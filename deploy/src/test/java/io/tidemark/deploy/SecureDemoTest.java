package io.tidemark.deploy;

import static io.tidemark.deploy.Launcher.awaitHealthy;
import static io.tidemark.deploy.Launcher.awaitWell;
import static io.tidemark.deploy.Launcher.end;
import static io.tidemark.deploy.Launcher.endpoints;
import static io.tidemark.deploy.Launcher.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.tidemark.deploy.pipeline.Http;
import io.tidemark.deploy.pipeline.Json;
import io.tidemark.deploy.prometheus.Rules;
import io.tidemark.identity.ApiAccess;
import io.tidemark.identity.Credential;
import io.tidemark.identity.CredentialFolder;
import io.tidemark.identity.EnrolmentToken;
import io.tidemark.wire.log.LogFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code tidemark demo --secure}, and what somebody finds who looks at it from outside. */
class SecureDemoTest {
  /** Of three simulated devices every other one; the rest and the agent speak CoAP. */
  private static final int OVER_MQTT = 2;

  @AfterEach
  void nothingGoesOn() throws InterruptedException {
    Launcher.endAll();
  }

  @Test
  void aSecureDemoIsCleanAndLetsNobodyElseIn() throws Exception {
    Path data = TestPipeline.folder("demo-secure");
    String[] words = {
      "demo",
      "--secure",
      "--certificates-for",
      "1h",
      "--devices",
      "3",
      "--gateways",
      "1",
      "--json",
      "--data",
      data.toString()
    };
    Process demo = start(Map.of(LogFormat.VARIABLE, "json"), words);
    awaitHealthy(demo, data);
    JsonNode endpoints = endpoints(data);
    String api = endpoints.path("api").asText();
    assertThat(api).startsWith("https://");
    assertThat(endpoints.path("gateways").path(0).path("mqtt").asText()).startsWith("ssl://");
    assertThat(endpoints.path("gateways").path(0).path("coap").asText()).startsWith("coaps://");
    Http stranger =
        new Http().with("", ApiAccess.believing(data.resolve("ingest/identity/root.pem")));
    assertThatThrownBy(() -> stranger.get(api + "/api/v1/devices"))
        .hasMessageContaining("answered 401");
    Credential agents =
        new CredentialFolder(data.resolve("agent/identity")).credential().orElseThrow();
    assertThat(Duration.between(agents.notBefore(), agents.notAfter()))
        .isBetween(Duration.ofHours(1), Duration.ofMinutes(66));
    String gateway = endpoints.path("gateways").path(0).path("http").asText();
    assertThatThrownBy(() -> stranger.get(gateway + "/api/v1/cluster"))
        .hasMessageContaining("answered 401");
    String unused =
        awaitWell(
            gateway,
            "--authority=" + data.resolve("ingest/identity/root.pem"),
            "--token-file=" + data.resolve("secrets/gateways-token"));
    theDoctorFindsNothingWrong(api, gateway, data);
    String key = Files.readString(data.resolve("secrets/api-key")).strip();
    assertWhatRulesAskForIsShown(
        new Http().with(key, ApiAccess.believing(data.resolve("ingest/identity/root.pem"))),
        api,
        new Http()
            .with(
                Files.readString(data.resolve("secrets/gateways-token")).strip(),
                ApiAccess.believing(data.resolve("ingest/identity/root.pem"))),
        gateway);
    Path agentLog = data.resolve("logs/agent.log");
    assertThat(agentLog).content().contains("Connected to coaps://");
    shutOutAndLetBackIn(
        new Http().with(key, ApiAccess.believing(data.resolve("ingest/identity/root.pem"))),
        api,
        agentLog);
    assertOnlyStrongTlsIsSpoken(endpoints, data);
    SecretScan scan = new SecretScan(data);
    assertThat(scan.known())
        .as("in five files of secrets, two of them tokens, and seven keys")
        .isGreaterThanOrEqualTo(7 + 7);
    scan.know("a session", provoke(api, data));
    scan.lookAtCommandLines(demo.descendants().map(ProcessHandle::pid).collect(Collectors.toSet()));
    Launcher.Run run = end(demo, "TERM");
    JsonNode verdict = Json.lastLine(run.out());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(verdict.path("verdict").asText()).isEqualTo("clean");
    assertThat(verdict.path("stored").asLong())
        .isEqualTo(verdict.path("produced").asLong())
        .isPositive();
    assertThatAllLogInJson(data.resolve("logs"));
    scan.lookAtFiles();
    scan.lookAt("what the demo says", run.out() + run.err());
    assertThat(scan.leaks()).isEmpty();
    assertThat(run.err()).contains("Log in      as admin, with the password in ");
  }

  /** With the same names for the same; nothing else is written there. */
  private static void assertThatAllLogInJson(Path logs) throws IOException {
    Map<String, String> ids = new HashMap<>();
    ids.put("ingest", "");
    ids.put("gateway-g1", "g1");
    ids.put("agent", "pi-1");
    ids.put("sim", "");
    for (String program : ids.keySet()) {
      List<String> lines = new ArrayList<>(Files.readAllLines(logs.resolve(program + ".log")));
      lines.removeIf(line -> line.startsWith("Picked up JAVA_TOOL_OPTIONS")); // the tests' own
      assertThat(lines).as(program).isNotEmpty();
      for (String line : lines) {
        assertThat(line).as(program).startsWith("{").endsWith("}");
        JsonNode logged = new ObjectMapper().readTree(line);
        List<String> names = new ArrayList<>();
        logged.fieldNames().forEachRemaining(names::add);
        names.remove("exception");
        List<String> expected =
            new ArrayList<>(
                List.of("timestamp", "level", "logger", "thread", "message", "program"));
        if (!ids.get(program).isEmpty()) {
          expected.add("id");
        }
        assertThat(names).as(line).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(OffsetDateTime.parse(logged.path("timestamp").asText()).toInstant())
            .isAfter(Instant.now().minus(Duration.ofDays(1)));
        assertThat(logged.path("level").asText()).matches("ERROR|WARN|INFO");
        assertThat(logged.path("program").asText())
            .isEqualTo("tidemark-" + program.replaceFirst("-.*", ""));
        assertThat(logged.path("id").asText()).isEqualTo(ids.get(program));
      }
    }
  }

  /** Each series that one of Prometheus' rules names. */
  private static void assertWhatRulesAskForIsShown(
      Http atIngest, String api, Http atGateway, String gateway) throws Exception {
    String shown =
        atIngest.getText(api + "/q/metrics") + "\n" + atGateway.getText(gateway + "/q/metrics");
    assertThat(Rules.read().asked())
        .hasSizeGreaterThan(20)
        .allSatisfy(asked -> assertThat(asked.isIn(shown)).as(asked.toString()).isTrue());
    assertThat(value(shown, "tidemark_gateway_certificate_life_seconds"))
        .isBetween(3_600.0, 66 * 60.0);
    assertThat(value(shown, "tidemark_gateway_certificate_left_seconds")).isBetween(0.0, 3_600.0);
    String server = "{of=\"server\"}";
    assertThat(value(shown, "tidemark_ingest_certificate_life_seconds" + server))
        .isGreaterThan(value(shown, "tidemark_ingest_certificate_left_seconds" + server))
        .isBetween(30 * 86_400.0, 31 * 86_400.0);
  }

  private static double value(String metrics, String series) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(series + " is not shown"));
  }

  /** With a reading over TLS and one over DTLS; the token is needed once. */
  private static void theDoctorFindsNothingWrong(String api, String gateway, Path data)
      throws IOException {
    List<String> words =
        List.of(
            "--api=" + api,
            "--gateway=" + gateway,
            "--authority=" + data.resolve("ingest/identity/root.pem"),
            "--api-key-file=" + data.resolve("secrets/api-key"),
            "--gateway-token-file=" + data.resolve("secrets/gateways-token"),
            "--identity=" + TestPipeline.folder("demo-secure-doctor"),
            "--timeout=60s",
            "--slow-after=60s",
            // The demo is looked at, not the disk of whoever runs this.
            "--disk-low=0");
    String without = doctor(1, words);
    assertThat(without).contains("FAULT    probe", "and no token", "[probe-identity]");
    String first =
        doctor(0, words, "--enrolment-token-file=" + data.resolve("secrets/devices.token"));
    assertThat(first)
        .contains("MQTT at 127.0.0.1:", "CoAP at 127.0.0.1:")
        .contains("2 produced, 2 stored")
        .contains("its certificate (CN=g1) is valid until")
        .contains("the root Tidemark root", "the intermediate Tidemark intermediate")
        .contains("it has the newest access list");
    assertThat(doctor(0, words)).contains("4 produced, 4 stored");
  }

  private static String doctor(int exitCode, List<String> words, String... more) {
    StringWriter out = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of("doctor"));
    arguments.addAll(words);
    arguments.addAll(List.of(more));
    int ended =
        Tidemark.commandLine()
            .setOut(new PrintWriter(out, true))
            .execute(arguments.toArray(String[]::new));
    assertThat(ended).as(out.toString()).isEqualTo(exitCode);
    return out.toString();
  }

  /** All devices: what they measure meanwhile waits, and the demo has to end clean all the same. */
  private static void shutOutAndLetBackIn(Http http, String api, Path agentLog) throws Exception {
    List<String> devices =
        Stream.of("pi-1", "sim-00001", "sim-00002", "sim-00003")
            .map(name -> api + "/api/v1/devices/" + name)
            .toList();
    String first = devices.get(0);
    Awaitility.await("those over MQTT are connected")
        .atMost(Duration.ofMinutes(2))
        .until(() -> connected(http, api) >= OVER_MQTT);
    for (String device : devices) {
      http.put(device + "/shut-out", "\"0\"", "{\"why\": \"a test\"}");
    }
    Awaitility.await("the gateway knows")
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(50))
        .until(
            () ->
                http.get(first + "/shut-out")
                    .path("gateways")
                    .findValues("current")
                    .equals(List.of(BooleanNode.TRUE)));
    Awaitility.await("nobody is connected")
        .atMost(Duration.ofMinutes(1))
        .until(() -> connected(http, api) == 0);
    Awaitility.await("the agent says so, over CoAP")
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                Files.readString(agentLog)
                    .contains("this device is shut out: what it has waits here"));
    List<Long> before = stored(http, devices);
    JsonNode ledger = http.get(first + "/ledger");
    assertThat(ledger.path("verdict").asText()).isEqualTo("clean");
    assertThat(ledger.path("shutOut").path(0).path("to").isNull()).isTrue();
    for (String device : devices) {
      JsonNode now = http.delete(device + "/shut-out");
      assertThat(now.path("shutOut").asBoolean()).isFalse();
    }
    Awaitility.await("all are back")
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              List<Long> now = stored(http, devices);
              return IntStream.range(0, now.size()).allMatch(i -> now.get(i) > before.get(i));
            });
  }

  private static List<Long> stored(Http http, List<String> devices) throws Exception {
    List<Long> stored = new ArrayList<>();
    for (String device : devices) {
      stored.add(http.get(device + "/ledger").path("totals").path("stored").asLong());
    }
    return stored;
  }

  /** Devices that are connected over MQTT, as their gateway says. */
  private static long connected(Http http, String api) throws Exception {
    return http.get(api + "/api/v1/gateways")
        .path("items")
        .path(0)
        .path("connections")
        .path("mqtt")
        .asLong(-1);
  }

  /** From outside, by openssl: at ingest's port, and at a gateway's for HTTP, MQTT and CoAP. */
  private static void assertOnlyStrongTlsIsSpoken(JsonNode endpoints, Path data) throws Exception {
    JsonNode gateway = endpoints.path("gateways").path(0);
    for (String url :
        List.of(
            endpoints.path("api").asText(),
            gateway.path("http").asText(),
            gateway.path("mqtt").asText())) {
      OfferedTls offered = new OfferedTls(URI.create(url).getPort(), List.of());
      assertThat(offered.ciphers("tls1_3"))
          .as(url)
          .containsExactlyInAnyOrder(
              "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");
      assertThat(offered.ciphers("tls1_2"))
          .as(url)
          .containsExactlyInAnyOrder(
              "ECDHE-ECDSA-AES128-GCM-SHA256",
              "ECDHE-ECDSA-AES256-GCM-SHA384",
              "ECDHE-ECDSA-CHACHA20-POLY1305");
      assertThat(offered.ciphers("tls1_1")).as(url).isEmpty();
      assertThat(offered.ciphers("tls1")).as(url).isEmpty();
      assertThat(offered.byNmap())
          .as(url)
          .contains("TLSv1.2:", "TLSv1.3:", "least strength: A")
          .doesNotContain("SSLv3", "TLSv1.0", "TLSv1.1", "warnings");
    }
    String credential;
    try (var files = Files.walk(data)) {
      credential =
          files
              .filter(file -> file.endsWith("credential.pem") && file.toString().contains("agent"))
              .findFirst()
              .orElseThrow()
              .toString();
    }
    OfferedTls dtls =
        new OfferedTls(
            URI.create(gateway.path("coap").asText()).getPort(),
            List.of("-cert", credential, "-cert_chain", credential, "-key", credential));
    assertThat(dtls.ciphers("dtls1_2"))
        .isNotEmpty()
        .allMatch(cipher -> cipher.matches("ECDHE-ECDSA-AES(128|256)-(GCM-SHA\\d+|CCM8?)"));
    assertThat(dtls.ciphers("dtls1")).isEmpty();
  }

  /** Requests that go wrong with secrets in them: errors are where they like to be repeated. */
  private static String provoke(String api, Path data) throws Exception {
    Path secrets = data.resolve("secrets");
    String password = Files.readString(secrets.resolve("password")).strip();
    String key = Files.readString(secrets.resolve("api-key")).strip();
    HttpClient client =
        HttpClient.newBuilder()
            .sslContext(ApiAccess.believing(data.resolve("ingest/identity/root.pem")))
            .build();
    String login = "{\"name\": \"admin\", \"password\": \"" + password + "\"";
    HttpResponse<String> session = send(client, api + "/api/v1/session", "POST", login + "}");
    assertThat(session.statusCode()).isEqualTo(204);
    assertThat(send(client, api + "/api/v1/session", "POST", login).statusCode()).isEqualTo(400);
    String wrong = "{\"name\": [\"" + key + "\"], \"password\": [\"" + password + "\"]}";
    assertThat(send(client, api + "/api/v1/session", "POST", wrong).statusCode()).isEqualTo(400);
    String bearer = "Bearer " + key;
    for (String path : List.of("/api/v1/nowhere", "/api/v1/points?series=x", "/q/health")) {
      int unused =
          send(client, api + path, "GET", "", "Authorization", bearer, "X-Copy", key).statusCode();
    }
    EnrolmentToken token =
        EnrolmentToken.parse(Files.readString(secrets.resolve("devices.token")).strip());
    String basic =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(
                    ("token:" + token.secretText()).getBytes(StandardCharsets.US_ASCII));
    String enrol = api + "/.well-known/est/simpleenroll";
    assertThat(send(client, enrol, "POST", "no request", "Authorization", basic).statusCode())
        .isEqualTo(400);
    return session.headers().firstValue("Set-Cookie").orElseThrow().split("[=;]")[1];
  }

  private static HttpResponse<String> send(
      HttpClient client, String url, String method, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .header(
                "Content-Type", url.contains("/est/") ? "application/pkcs10" : "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
