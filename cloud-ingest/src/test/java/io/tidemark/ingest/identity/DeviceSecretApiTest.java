package io.tidemark.ingest.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tidemark.ingest.audit.AuditQuery;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Passwords and keys of devices without certificates, made at a secured ingest. */
@QuarkusTest
@TestProfile(SecuredIngest.Secured.class)
@Timeout(120)
final class DeviceSecretApiTest extends AtSecuredIngest {

  @Test
  void aDeviceIsGivenAPasswordAndAKeyWhichAreShownOnce() throws Exception {
    HttpResponse<String> made = secretOf("thermo:1", "POST", "", "{\"kind\":\"password\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(made.headers().firstValue("Cache-Control")).contains("no-store");
    String password = new ObjectMapper().readTree(made.body()).path("secret").asText();
    assertThat(password).startsWith("tmp_");
    assertThat(made.body()).doesNotContain("hex");
    JsonNode key =
        new ObjectMapper().readTree(secretOf("thermo:1", "POST", "", "{\"kind\":\"psk\"}").body());
    assertThat(key.path("secret").asText()).hasSize(32);
    assertThat(HexFormat.of().parseHex(key.path("hex").asText()))
        .isEqualTo(key.path("secret").asText().getBytes(StandardCharsets.US_ASCII));

    HttpResponse<String> listed = secretOf("thermo:1", "GET", "", "");
    assertThat(listed.body()).doesNotContain(password, key.path("secret").asText(), "argon2");
    JsonNode items = new ObjectMapper().readTree(listed.body()).path("items");
    assertThat(items).hasSize(2);
    assertThat(items.get(0).path("kind").asText()).isEqualTo("password");
    assertThat(items.get(0).path("madeBy").asText()).isEqualTo("key test");
    assertThat(Instant.parse(items.get(0).path("madeAt").asText()))
        .isBetween(SecuredIngest.NOW.instant().minusSeconds(60), SecuredIngest.NOW.instant());

    assertThat(secretOf("thermo:1", "DELETE", "/password", "").statusCode()).isEqualTo(204);
    HttpResponse<String> again = secretOf("thermo:1", "DELETE", "/password", "");
    assertThat(again.statusCode()).isEqualTo(404);
    assertThat(again.body()).contains("device thermo:1 has no password");
    assertThat(secretOf("thermo:1", "GET", "", "").body())
        .contains("psk")
        .doesNotContain("\"password");
    assertThat(secretOf("thermo:1", "POST", "", "{\"kind\":\"pin\"}").body())
        .contains("kind must be password or psk, but is \\\"pin\\\"");
    assertThat(secretOf("a%20b", "POST", "", "{\"kind\":\"psk\"}").statusCode()).isEqualTo(400);
    assertThat(
            access.audit(new AuditQuery(null, null, 0, Long.MAX_VALUE, Long.MAX_VALUE, 10)).stream()
                .filter(entry -> entry.subject().equals("thermo:1")))
        .extracting(entry -> entry.what().code())
        .containsExactly("secret.withdraw", "secret.make", "secret.make");
  }

  private HttpResponse<String> secretOf(String device, String method, String kind, String json)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(root.resolve("/api/v1/devices/" + device + "/secret" + kind))
            .timeout(SecuredIngest.TIMEOUT)
            .header("Content-Type", "application/json")
            .header("Authorization", ingest.administrator())
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .build();
    return ingest.http(null).send(request, HttpResponse.BodyHandlers.ofString());
  }
}
