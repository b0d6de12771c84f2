package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** An ingest over HTTPS: where it is, and how it is known to be the right one. */
final class SecuredApi {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String FINGERPRINT = "sha256:";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--api",
      paramLabel = "URL",
      defaultValue = "https://localhost:8443",
      description = "Where ingest is. Default: ${DEFAULT-VALUE}.")
  private URI api = URI.create("");

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

  @Option(
      names = "--trust",
      paramLabel = "sha256:HEX",
      description = "In place of --authority: the fingerprint of that certificate.")
  private @Nullable String fingerprint;

  private final ObjectMapper json = new ObjectMapper();
  private @Nullable HttpClient client;

  /** What a command asks, and what it says of the answers. */
  @FunctionalInterface
  interface Asking {
    /**
     * Returns the exit code.
     *
     * @throws IOException if it is not done, and why
     */
    int ask(PrintWriter out) throws IOException, InterruptedException, GeneralSecurityException;
  }

  /** Has the command ask; returns the exit code. Why it is not done is said on standard error. */
  int run(Asking asking) throws InterruptedException {
    try {
      PrintWriter out = spec.commandLine().getOut();
      int exitCode = asking.ask(out);
      out.flush();
      return exitCode;
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      spec.commandLine().getErr().println("Not done: " + e.getMessage());
      return Tidemark.UNKNOWN;
    }
  }

  /**
   * What a request answers; JSON's null if it answers nothing.
   *
   * @throws IOException if it answers anything but success, with its words
   */
  JsonNode send(String method, String path, String body)
      throws IOException, InterruptedException, GeneralSecurityException {
    if (client == null) {
      client = HttpClient.newBuilder().connectTimeout(TIMEOUT).sslContext(tls()).build();
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api.resolve(path))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    String key = apiKey.key(System.getenv());
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IOException(
          "%s answers %d: %s".formatted(api, answer.statusCode(), words(answer.body())));
    }
    return answer.body().isEmpty() ? NullNode.getInstance() : json.readTree(answer.body());
  }

  private String words(String body) {
    try {
      return json.readTree(body).path("detail").asText(body);
    } catch (IOException e) {
      return body; // it says so in another way
    }
  }

  private SSLContext tls() throws IOException, InterruptedException, GeneralSecurityException {
    if (!"https".equals(api.getScheme()) || apiKey.hasAuthority() == (fingerprint != null)) {
      throw new IllegalArgumentException(
          "--api must be https://host:port, with either --authority FILE or --trust sha256:HEX to say whom to believe there");
    }
    SSLContext believing = apiKey.tls();
    return believing == null
        ? Tls.client(new ServerTrust(new Trust(met()), certificate -> Instant.now()), null)
        : believing;
  }

  private List<X509Certificate> met()
      throws IOException, InterruptedException, GeneralSecurityException {
    String given = fingerprint == null ? "" : fingerprint;
    try {
      byte[] bytes =
          HexFormat.of().parseHex(given.substring(FINGERPRINT.length()).replace(":", ""));
      if (given.startsWith(FINGERPRINT) && bytes.length == 32) {
        return EstClient.meet(api, TIMEOUT, bytes);
      }
    } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
      throw notAFingerprint(given);
    }
    throw notAFingerprint(given);
  }

  private static IllegalArgumentException notAFingerprint(String given) {
    return new IllegalArgumentException(
        "--trust must be sha256: and 64 hexadecimal digits, as openssl x509 -in root.pem -noout -fingerprint -sha256 prints them, but is "
            + given);
  }
}
