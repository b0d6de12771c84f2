package io.tidemark.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.identity.ApiAccess;
import io.tidemark.identity.EstClient;
import io.tidemark.identity.Pem;
import io.tidemark.identity.ServerTrust;
import io.tidemark.identity.Tls;
import io.tidemark.identity.Trust;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** An ingest over HTTPS: where it is, and how it is known to be the right one. */
final class SecuredApi {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String FINGERPRINT = "sha256:";

  @Option(
      names = "--api",
      paramLabel = "URL",
      defaultValue = "https://localhost:8443",
      description = "Where ingest is. Default: ${DEFAULT-VALUE}.")
  private URI api = URI.create("");

  @Option(
      names = "--authority",
      paramLabel = "FILE",
      description = "Whom to believe: root.pem of ingest's folder identity.")
  private @Nullable Path authority;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "A file with an administrator's API key. Else the environment's TIDEMARK_API_KEY.")
  private @Nullable Path keyFile;

  @Option(
      names = "--trust",
      paramLabel = "sha256:HEX",
      description = "Whom to believe, by the fingerprint of that certificate.")
  private @Nullable String fingerprint;

  private final ObjectMapper json = new ObjectMapper();

  /**
   * What a request answers; null if it answers nothing.
   *
   * @throws IOException if it answers anything but success, with its words
   */
  @Nullable JsonNode send(String method, String path, String body)
      throws IOException, InterruptedException, GeneralSecurityException {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .sslContext(
                Tls.client(
                    new ServerTrust(new Trust(believed()), certificate -> Instant.now()), null))
            .build();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api.resolve(path))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    String key = ApiAccess.key(keyFile, System.getenv());
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IOException(
          "%s answers %d: %s".formatted(api, answer.statusCode(), words(answer.body())));
    }
    return answer.body().isEmpty() ? null : json.readTree(answer.body());
  }

  private String words(String body) {
    try {
      return json.readTree(body).path("detail").asText(body);
    } catch (IOException e) {
      return body; // it says so in another way
    }
  }

  private List<X509Certificate> believed() throws IOException, GeneralSecurityException {
    if (!"https".equals(api.getScheme()) || (authority == null) == (fingerprint == null)) {
      throw new IllegalArgumentException(
          "--api must be https://host:port, with either --authority FILE or --trust sha256:HEX to say whom to believe there");
    }
    if (authority != null) {
      return Pem.certificates(Files.readString(authority));
    }
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
