package io.tidemark.deploy.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A program with an HTTP port. For one thread. */
final class Part {
  private static final int OK = 200;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final int WORDS_MAX = 300;

  private final URI url;
  private final Asking asking;
  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient client;
  private String name;

  /**
   * How parts are asked.
   *
   * @param word an API key, or a gateway's word; empty if there is none
   * @param tls whom to believe; null for those that Java knows
   * @param timeout of each request
   */
  record Asking(String word, @Nullable SSLContext tls, Duration timeout) {}

  /**
   * What it said.
   *
   * @param skew by how much its clock is ahead of this machine's at the least, as the answer took
   *     its time; null if it did not say what time it is
   */
  record Answer(int status, JsonNode body, @Nullable Duration skew) {
    boolean isOk() {
      return status == OK;
    }

    /** Why it is not. */
    String words() {
      String detail = body.path("detail").asText();
      return "it answered " + status + (detail.isEmpty() ? "" : ": " + detail);
    }
  }

  /** Asks nobody yet. */
  Part(String name, URI url, Asking asking) {
    this.name = name;
    this.url = url;
    this.asking = asking;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(asking.timeout());
    SSLContext tls = asking.tls();
    if (tls != null) {
      builder.sslContext(tls);
    }
    client = builder.build();
  }

  /** What findings call it. */
  String name() {
    return name;
  }

  /** Now that it has said who it is. */
  void call(String itself) {
    name = itself;
  }

  boolean isSecure() {
    return "https".equals(url.getScheme());
  }

  /** Whether it is there at all, step by step; adds what is found, and is false if it is not. */
  boolean reach(Findings findings) throws InterruptedException {
    String host = url.getHost();
    int port = url.getPort() >= 0 ? url.getPort() : isSecure() ? HTTPS_PORT : HTTP_PORT;
    try {
      InetAddress[] addresses = InetAddress.getAllByName(host);
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(addresses[0], port), (int) asking.timeout().toMillis());
      }
    } catch (UnknownHostException e) {
      findings.found(Kind.NAME_UNKNOWN, name, "%s is no name of a machine".formatted(host));
      return false;
    } catch (IOException e) {
      findings.found(Kind.NOT_LISTENING, name, "%s: %s".formatted(url, e.getMessage()));
      return false;
    }
    return isHealthy(findings);
  }

  private boolean isHealthy(Findings findings) throws InterruptedException {
    try {
      Instant begun = Instant.now();
      HttpResponse<String> live = send("/q/health/live");
      Duration took = Duration.between(begun, Instant.now());
      SSLSession session = live.sslSession().orElse(null);
      if (session != null) {
        certificate(session, findings);
      }
      if (live.statusCode() != OK) {
        findings.found(Kind.NOT_LIVE, name, said(live));
        return true;
      }
      HttpResponse<String> ready = send("/q/health/ready");
      if (ready.statusCode() == OK) {
        findings.ok(
            Check.REACH,
            name,
            "%s is ready; it answered in %,d ms".formatted(url, took.toMillis()));
      } else {
        findings.found(Kind.NOT_READY, name, said(ready));
      }
      return true;
    } catch (SSLException e) {
      findings.found(Kind.TLS_REFUSED, name, "%s: %s".formatted(url, words(e)));
      return false;
    } catch (IOException e) {
      findings.found(Kind.NO_ANSWER, name, "%s: %s".formatted(url, words(e)));
      return false;
    }
  }

  private void certificate(SSLSession session, Findings findings)
      throws SSLPeerUnverifiedException {
    for (Certificate shown : session.getPeerCertificates()) {
      if (shown instanceof X509Certificate one) {
        Ends.look(
            name,
            "its certificate (%s)".formatted(one.getSubjectX500Principal()),
            one.getNotBefore().toInstant(),
            one.getNotAfter().toInstant(),
            Instant.now(),
            findings);
        return; // those after it are ingest's to renew, and told by it
      }
    }
  }

  /** The data of health's checks that are down. */
  private String said(HttpResponse<String> health) throws IOException {
    StringBuilder words = new StringBuilder("it answered " + health.statusCode());
    for (JsonNode check : json.readTree(health.body()).path("checks")) {
      if (!check.path("status").asText().equals("UP")) {
        words.append("; ").append(check.path("name").asText());
        check.path("data").forEach(value -> words.append(": ").append(value.asText()));
      }
    }
    return words.toString();
  }

  /**
   * What a GET answers.
   *
   * @throws IOException if there is no answer, or one that is no JSON
   */
  Answer get(String path) throws IOException, InterruptedException {
    Instant sent = Instant.now();
    HttpResponse<String> response = send(path);
    Instant came = Instant.now();
    JsonNode body = response.body().isEmpty() ? json.nullNode() : json.readTree(response.body());
    Duration skew = null;
    if (body.path("time").isTextual()) {
      skew = ahead(Instant.parse(body.path("time").asText()), sent, came);
    }
    return new Answer(response.statusCode(), body, skew);
  }

  /** It was asked and has answered between these two. */
  private static Duration ahead(Instant time, Instant sent, Instant came) {
    if (time.isBefore(sent)) {
      return Duration.between(sent, time);
    }
    return time.isAfter(came) ? Duration.between(came, time) : Duration.ZERO;
  }

  private HttpResponse<String> send(String path) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve(path)).timeout(asking.timeout());
    if (!asking.word().isEmpty()) {
      request.header("Authorization", "Bearer " + asking.word());
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** The last cause's, cut: TLS wraps what it says several times. */
  static String words(Throwable failure) {
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String words = last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
    return words.length() <= WORDS_MAX ? words : words.substring(0, WORDS_MAX) + "...";
  }
}
